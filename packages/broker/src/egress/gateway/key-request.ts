import { canonicalTarget } from '../../foundation/canonical-path.ts'
import type { HeaderField } from '../../http/header-field.ts'
import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { RoutedGrant } from '../routes.ts'

/** The part of a request in which a virtual key can stand. */
export interface KeyedHead {
  readonly target: string
  readonly fields: readonly HeaderField[]
}

/**
 * The head as a sandbox would have sent it: with the placeholder of the key's grant wherever the key stands, be it plain or in a pair.
 * From there on it is a request like every other. A target that has no canonical form stays as it is, and is refused further on.
 */
export function withPlaceholder<Head extends KeyedHead>(head: Head, key: string, placeholder: string): Head {
  const { fields, target: sent } = head
  const read = canonicalTarget(sent)
  const target = 'refused' in read ? sent : (read.path + read.query).replaceAll(key, placeholder)
  return { ...head, target, fields: fields.map((field) => swapped(field, key, placeholder)) }
}

/**
 * A target without the id of the service in front, where its clients were given `<address>/<id>` as their base URL. SECURITY: it is the id
 * of the key's own service, so nothing is chosen by it.
 */
export function withoutProvider(target: string, { provider }: RoutedGrant): string {
  const [, first, rest = ''] = /^\/([^/?]+)(.*)$/s.exec(target) ?? []
  if (provider === null || first !== provider) return target
  return rest.startsWith('/') ? rest : `/${rest}`
}

function swapped(field: HeaderField, key: string, placeholder: string): HeaderField {
  const { name, value } = field
  if (value.includes(key)) return { name, value: value.replaceAll(key, placeholder) }
  const pair = parseBasicPair(value)
  if (pair === undefined) return field
  const text = pair.password === undefined ? pair.user : `${pair.user}:${pair.password}`
  if (!text.includes(key)) return field
  return { name, value: `Basic ${Buffer.from(text.replaceAll(key, placeholder)).toString('base64')}` }
}
