import type { InjectorSpec } from '@coatcheck/contract'
import type { DocumentedRequest } from './documented-requests.ts'

/** Whether the key of a request stands where this injector puts it. */
export function stands({ field, target, body }: DocumentedRequest, inject: InjectorSpec): boolean {
  const [name = '', form = ''] = field?.map((text) => text.toLowerCase()) ?? []
  const [, user, password] = /^basic ([^:]*):(.*)$/.exec(form) ?? []
  const text = (option: string, otherwise = ''): string => String(inject[option as keyof InjectorSpec] ?? otherwise)
  switch (inject.kind) {
    case 'bearer':
      return name === 'authorization' && form === `${text('scheme', 'bearer').toLowerCase()} {key}`
    case 'basic':
      return ((text('as') === 'user' ? user : password) ?? '').includes('{key}')
    case 'header':
      return name === text('name').toLowerCase() && form.startsWith(`${text('prefix').toLowerCase()}{key}`)
    case 'query':
      return target.includes(`${text('name')}={key}`)
    case 'path':
      return target.split('?')[0]!.includes('{key}')
    case 'body':
      return body?.[1].includes(text('field') || text('pointer').split('/').at(-1)!) ?? false
    case 'placeholder':
      return JSON.stringify([field ?? '', target]).includes('{key}')
    default:
      return false
  }
}
