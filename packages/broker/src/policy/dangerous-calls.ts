import { type BodyCondition, type DangerousEndpoint, dangersElsewhere, providers } from '@coatcheck/catalog'
import type { DangerClass } from '@coatcheck/contract'
import { decodePath } from './rules/path-readings.ts'

/** A request, as far as it says which call of a service it is. */
export interface ServiceCall {
  readonly host: string
  /** Provider of the secret that is attached to it; null where it was made without one. */
  readonly provider: string | null
  /** Its calls, where the catalog does not know the provider. */
  readonly dangerous?: readonly DangerousEndpoint[]
  /** `*` where the request says two. */
  readonly method: string
  /** Canonical. */
  readonly path: string
  readonly query: string
}

/** A call that the catalog knows as dangerous. */
export interface DangerousCall {
  /** The entry on one line, for records and refusals. */
  readonly rule: string
  readonly class: DangerClass
  readonly why: string
  /** Whether it is that call, where only the body can tell: one of the texts that can be read in it says so. */
  readonly saidIn?: (texts: readonly string[]) => boolean
}

interface Entry {
  readonly call: DangerousCall
  readonly method: string
  readonly query: readonly (readonly [string, string])[]
  readonly paths: readonly RegExp[]
  /** Forms of the values with which a GET is another call, by parameter. */
  readonly harmless?: ReadonlyMap<string, readonly RegExp[]>
}

/** Endings by which services let a client choose the form of a reply. */
const formEnding = /\.(?:json|xml|ya?ml|csv|txt|html?)$/

/**
 * The calls of these classes that a request may be, by host, method, path and query. Pure. SECURITY: read as the most lenient service
 * might read it: letters of either case, encoded or not, with or without parameters of segments, or a slash or a format at its end.
 */
export function dangerousCalls(call: ServiceCall, classes: readonly DangerClass[]): readonly DangerousCall[] {
  if (classes.length === 0) return []
  const entries = entriesFor(call).filter(
    (entry) => classes.includes(entry.call.class) && fitsMethod(entry, call.method),
  )
  if (entries.length === 0) return []
  const readings = readingsOf(call.path)
  const parameters = new URLSearchParams(call.query)
  return entries
    .filter(({ paths }) => paths.some((path) => readings.some((reading) => path.test(reading))))
    .filter(({ query }) =>
      query.every(([name, value]) => parameters.getAll(name).some((given) => value === '' || given === value)),
    )
    .filter(({ harmless }) => harmless === undefined || !isHarmless(harmless, call.method, parameters))
    .map((entry) => entry.call)
}

/** SECURITY: an unknown parameter, or a known one with another value, leaves the call what it is; so does a method that is said twice. */
function isHarmless(harmless: NonNullable<Entry['harmless']>, method: string, parameters: URLSearchParams): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return [...parameters].every(([name, value]) => harmless.get(name)?.some((form) => form.test(value)) === true)
}

/** All calls of these classes that may be at a host, whatever path is asked for; every host where the pattern is no exact one. */
export function dangersAt(
  service: Pick<ServiceCall, 'dangerous' | 'provider'> & { readonly host: string | null },
  matches: (host: string) => boolean,
): readonly DangerousCall[] {
  const { dangerous = [], host, provider } = service
  if (host !== null) return entriesFor({ ...service, host, method: '*', path: '/', query: '' }).map(({ call }) => call)
  const { byHost, byProvider } = index()
  const named = [...byHost].filter(([name]) => matches(name.replace(/^\*/, 'any')))
  const found = [...named.flatMap(([, entries]) => entries), ...(byProvider.get(provider ?? '') ?? [])]
  return [...new Set([...dangerous.map(compile), ...found].map(({ call }) => call))]
}

function fitsMethod({ method }: Entry, given: string): boolean {
  return method === '*' || given === '*' || method === given || (method === 'GET' && given === 'HEAD')
}

function readingsOf(path: string): readonly string[] {
  // Some services drop parameters of segments (`;x`), and slashes at the end.
  const plain = [path, decodePath(path)].flatMap((text) => [text, text.replaceAll(/;[^/]*/g, '')])
  const readings = plain.map((text) => text.replace(/\/+$/, '') || '/')
  return [...new Set(readings.flatMap((text) => [text, text.replace(formEnding, '')]))]
}

/** Of the host where the catalog has it, or else of the provider: its secret was stored for a host of one’s own. */
function entriesFor({ dangerous = [], host, provider }: ServiceCall): readonly Entry[] {
  const own = dangerous.length === 0 ? [] : ownEntries(dangerous, host)
  const { byHost, byProvider } = index()
  const found: Entry[] = [...own, ...(byHost.get(host) ?? [])]
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    found.push(...(byHost.get(`*${host.slice(dot)}`) ?? []))
  }
  if (found.length > 0 || provider === null) return found
  return byProvider.get(provider) ?? []
}

/** What an operator says of a service, made ready once for each time it is read. */
const ownKnown = new WeakMap<readonly DangerousEndpoint[], readonly (Entry & { readonly host: string | undefined })[]>()

function ownEntries(dangerous: readonly DangerousEndpoint[], host: string): readonly Entry[] {
  const known = ownKnown.get(dangerous) ?? dangerous.map((each) => ({ ...compile(each), host: each.host }))
  ownKnown.set(dangerous, known)
  return known.filter(({ host: only }) => only === undefined || only === host || isBelow(host, only))
}

function isBelow(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1))
}

interface Index {
  readonly byHost: ReadonlyMap<string, readonly Entry[]>
  readonly byProvider: ReadonlyMap<string, readonly Entry[]>
}

let built: Index | undefined

function index(): Index {
  built ??= build()
  return built
}

function build(): Index {
  const byHost = new Map<string, Entry[]>()
  const byProvider = new Map<string, readonly Entry[]>()
  const add = (host: string, entry: Entry): void => void byHost.set(host, [...(byHost.get(host) ?? []), entry])
  for (const { dangerous, hosts, id } of providers) {
    const entries = dangerous.map(compile)
    byProvider.set(id, entries)
    for (const [place, { host }] of dangerous.entries()) {
      for (const each of host === undefined ? hosts.map((one) => one.host) : [host]) add(each, entries[place]!)
    }
  }
  for (const { hosts, endpoint } of dangersElsewhere) for (const host of hosts) add(host, compile(endpoint))
  return { byHost, byProvider }
}

function compile(endpoint: DangerousEndpoint): Entry {
  const { method, path, query = {}, body, unless, why } = endpoint
  const plain = path.replace(/(?<=.)\/$/, '')
  const saidIn = body && bodyTest(body)
  return {
    method,
    query: Object.entries(query),
    paths: [plain, plain.replace(formEnding, '')].map(pathExpression),
    ...(unless && { harmless: harmlessForms(unless) }),
    call: { rule: `${method} ${path}`, class: endpoint.class, why, ...(saidIn && { saidIn }) },
  }
}

function harmlessForms(unless: NonNullable<DangerousEndpoint['unless']>): NonNullable<Entry['harmless']> {
  const form = (text: string): RegExp => {
    const parts = text.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    return new RegExp(`^${parts.join('[A-Za-z0-9._/-]+')}$`)
  }
  return new Map(Object.entries(unless).map(([name, forms]) => [name, forms.map(form)]))
}

/** `*` stands for a segment or what is left of one; `**` for the rest, also for none, or for whatever stands between. */
function pathExpression(pattern: string): RegExp {
  const source = pattern
    .split(/(\/\*\*$|\*\*|\*)/)
    .map((part) => wildcards[part] ?? part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('')
  return new RegExp(`^${source}$`, 'i')
}

const wildcards: Readonly<Record<string, string>> = { '/**': '(?:/.*)?', '**': '.*', '*': '[^/]*' }

/** SECURITY: what says too much is refused too: these texts are not parsed, so that no parser can be led astray. */
function bodyTest(condition: BodyCondition): (texts: readonly string[]) => boolean {
  const expression = bodyExpression(condition)
  return (texts) => texts.some((text) => expression.test(text))
}

function bodyExpression(condition: BodyCondition): RegExp {
  if (condition.kind === 'json-member') {
    const pairs = Object.entries(condition.members).map(([name, value]) => `"${name}"\\s*:\\s*${JSON.stringify(value)}`)
    return new RegExp(pairs.join('|'))
  }
  const words = condition.kind === 'words' ? condition.words : ['mutation']
  // A stored query is named and not shown: nobody can say which call it is. In a batch there are paths, of either case.
  const text = [...words, 'persistedQuery', 'documentId'].join('|')
  return new RegExp(`(?<![A-Za-z0-9_])(?:${text})(?![A-Za-z0-9_])`, 'i')
}
