import type { InjectorSpec } from '@coatcheck/contract'
import { InvalidArgumentError } from 'commander'

/** Option that the text after the colon sets, by injector. */
const mainOptions: Readonly<Record<string, string>> = {
  'aws-ecr': 'region',
  basic: 'as',
  bearer: 'scheme',
  cookie: 'name',
  digest: 'username',
  header: 'name',
  mongodb: 'user',
  mysql: 'user',
  path: 'template',
  postgres: 'user',
  query: 'name',
  redis: 'user',
  registry: 'tokenUrl',
  smtp: 'user',
  ssh: 'user',
}

/** Options that are lists, written with blanks between their entries, by injector. */
const listOptions: Readonly<Record<string, readonly string[]>> = {
  mongodb: ['databases'],
  mysql: ['plugins'],
  postgres: ['databases'],
  redis: ['commands'],
  registry: ['repositories'],
  smtp: ['senders', 'recipients'],
  ssh: ['hostKeys', 'repositories'],
}

const usage =
  'Write bearer, header:NAME, headers:NAME=TEMPLATE, basic, query:NAME, cookie:NAME, path:TEMPLATE, ' +
  'body:/JSON/POINTER, body:FIELD, digest, ' +
  'placeholder:PLACE,PLACE, sigv4:SERVICE,SERVICE, mtls, postgres, mysql, redis, mongodb, smtp, ssh, registry:TOKEN-URL, aws-ecr:REGION ' +
  'or the injector as JSON.'

/**
 * An injector as people write it: `kind`, `kind:main` or `kind:main,option=value`, e.g. `header:X-Key,prefix=Token `;
 * `headers:X-Key={{ value }},X-Version=2`; `placeholder:header:x-key,path`; `body:/api_key`; `sigv4:s3,sqs`; or JSON, for what has a comma in it.
 */
export function parseInjector(text: string): InjectorSpec {
  if (text.startsWith('{')) return parseJson(text)
  const [, kind = '', main, rest = ''] = /^([^:,]*)(?::([^,]*))?(?:,(.*))?$/s.exec(text) ?? []
  if (kind === '' || main === '') throw new InvalidArgumentError(usage)
  const items = text.slice(kind.length + 1).split(',')
  if (main !== undefined && kind === 'body') return { kind, [main.startsWith('/') ? 'pointer' : 'field']: main }
  if (main !== undefined && kind === 'placeholder') return { kind, in: items }
  if (main !== undefined && kind === 'sigv4') return { kind, services: items }
  if (main !== undefined && kind === 'headers') return { kind, headers: pairs(items) }
  const mainOption = mainOptions[kind]
  if (main !== undefined && mainOption === undefined) throw new InvalidArgumentError(usage)
  const spec = main !== undefined && mainOption !== undefined ? { [mainOption]: main } : {}
  return { ...spec, ...(text.includes(',') ? withLists(kind, pairs(rest.split(','))) : {}), kind }
}

function withLists(kind: string, options: Record<string, string>): Record<string, string | readonly string[]> {
  const asWritten = (name: string, text: string) =>
    listOptions[kind]?.includes(name) === true ? text.split(' ').filter((entry) => entry !== '') : text
  return Object.fromEntries(Object.entries(options).map(([name, text]) => [name, asWritten(name, text)]))
}

function pairs(items: readonly string[]): Record<string, string> {
  const entries = items.map((item) => {
    const equals = item.indexOf('=')
    if (equals < 1) throw new InvalidArgumentError('Write options as name=value.')
    return [item.slice(0, equals), item.slice(equals + 1)] as const
  })
  return Object.fromEntries(entries)
}

/** What an option may hold is the broker's to say; here it only has to be an object with a kind. */
function parseJson(text: string): InjectorSpec {
  let spec: unknown
  try {
    spec = JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('The JSON cannot be read.')
  }
  if (typeof (spec as InjectorSpec).kind !== 'string') throw new InvalidArgumentError('Write the JSON with a "kind".')
  return spec as InjectorSpec
}
