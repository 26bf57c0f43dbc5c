import { createHash } from 'node:crypto'
import { signAwsRequest } from '@coatcheck/broker/sign-aws-request'
import type { ProbeCall } from '@coatcheck/catalog'
import type { InjectorSpec, Scope } from '@coatcheck/contract'

/** A request as a client inside sends it. */
export interface ProbeRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Member of the JSON reply that must be true. */
  readonly trueMember?: string
  /** Word in a refusal which says that the secret is good. */
  readonly goodRefusal?: string
}

/** What stands for a secret inside. */
export type StandIn =
  | { readonly placeholder: string }
  /** Where clients sign: their key, and the time. */
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly at: Date }

/**
 * A harmless call of a provider, with the placeholder where the first scope for it wants it; undefined where that cannot be said.
 * Another form than the documented one could be refused although the secret is good.
 */
export function probeRequest(call: ProbeCall, scopes: readonly Scope[], standIn: StandIn): ProbeRequest | undefined {
  const { method, host, path, body, headers, trueMember, goodRefusal } = call
  if (path.includes('{') || host.includes('*')) return undefined
  const scope = scopes.find(({ to, inject }) => covers(to, host, path) || asksAt(inject, host, path))
  const placed = scope && place(scope.inject, call, standIn)
  if (placed === undefined) return undefined
  const query = placed.query === undefined ? '' : `${path.includes('?') ? '&' : '?'}${placed.query}`
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return {
    method,
    url: `https://${host}${path}${query}`,
    headers: { 'user-agent': 'coatcheck-doctor', ...type, ...headers, ...placed.headers },
    ...(body === undefined ? {} : { body }),
    ...(trueMember === undefined ? {} : { trueMember }),
    ...(goodRefusal === undefined ? {} : { goodRefusal }),
  }
}

function covers(to: string, host: string, path: string): boolean {
  const [own, ...segments] = to.replace(/^https:\/\//, '').split('/')
  const prefix = segments.length === 0 ? '' : `/${segments.join('/')}`
  const [bare = ''] = path.split('?')
  return own === host && (prefix === '' || bare === prefix || bare.startsWith(`${prefix}/`))
}

/** Whether a registry's tokens are asked for there: with the pair that a client would send. */
function asksAt({ kind, tokenUrl }: InjectorSpec, host: string, path: string): boolean {
  return kind === 'registry' && tokenUrl === `https://${host}${path.split('?')[0]}`
}

interface Placed {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
}

function place(spec: InjectorSpec, call: ProbeCall, standIn: StandIn): Placed | undefined {
  if (spec.kind === 'sigv4') return signed(call, standIn)
  if (!('placeholder' in standIn)) return undefined
  const { placeholder } = standIn
  const text = (option: string, usual = ''): string => {
    const given = spec[option]
    return typeof given === 'string' ? given : usual
  }
  if (spec.kind === 'bearer') return { headers: { authorization: `${text('scheme', 'Bearer')} ${placeholder}` } }
  if (spec.kind === 'header') return { headers: { [text('name')]: text('prefix') + placeholder } }
  if (spec.kind === 'query') return { query: `${text('name')}=${encodeURIComponent(placeholder)}` }
  if (spec.kind === 'headers') return { headers: filled(spec['headers'], placeholder) }
  if (spec.kind === 'basic' || (spec.kind === 'registry' && asksAt(spec, call.host, call.path))) {
    const name = text('username', call.user)
    if (text('as') !== 'user' && name === '') return undefined
    const pair = text('as') === 'user' ? `${placeholder}:` : `${name}:${placeholder}`
    return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
  }
  return undefined
}

function signed(
  { method, host, path, headers = {}, body = '', signedFor }: ProbeCall,
  standIn: StandIn,
): Placed | undefined {
  const { service, region } = signedFor ?? {}
  if (service === undefined || region === undefined || 'placeholder' in standIn) return undefined
  const hash = createHash('sha256').update(body).digest('hex')
  const request = {
    method,
    url: new URL(`https://${host}${path}`),
    headers: { ...headers, 'x-amz-content-sha256': hash },
    body,
  }
  return { headers: signAwsRequest(request, standIn, { region, service, at: standIn.at }) }
}

function filled(templates: InjectorSpec[string], placeholder: string): Readonly<Record<string, string>> {
  const entries = Object.entries((templates ?? {}) as Readonly<Record<string, string>>)
  return Object.fromEntries(
    entries.map(([name, text]) => [name, text.replace(/\{\{\s*value\s*\}\}/, () => placeholder)]),
  )
}
