import { type BodyFraming, requestFraming } from '../../http/body-framing.ts'
import { ControlFields } from '../../http/control-fields.ts'
import type { HeaderField } from '../../http/header-field.ts'
import { endOfTarget, endOfToken } from '../../http/octets.ts'
import { isRequestTarget } from '../../http/request-target.ts'
import { fieldsFault, fieldsOf } from './raw-fields.ts'

/** The head of a request that came over HTTP/2, as one over HTTP/1.1 would say it. */
export interface StreamRequest {
  readonly method: string
  readonly target: string
  /** With one `Host`, unless the request names no destination, or several. */
  readonly fields: HeaderField[]
  readonly framing: BodyFraming
  readonly expectsContinue: boolean
  readonly isGrpc: boolean
  /** Why it is no request that could go on; the rest is as far as it could be read. */
  readonly fault: string | undefined
}

/** Most fields of a request; as many as over HTTP/1.1. */
const maxFields = 200
const pseudoNames = [':method', ':scheme', ':authority', ':path'] as const
const grpcType = /^application\/grpc(?:$|[+;-])/i

/** Reads a header block of Node's. `isWhole`: no body follows. */
export function readStreamRequest(raw: readonly string[], isWhole: boolean): StreamRequest {
  const pseudo = readPseudo(raw)
  const sent = fieldsOf(raw)
  const { ':method': method = '', ':path': path = '', ':authority': authority } = pseudo.values
  const fields = addressed(joinCookies(sent), authority)
  const controls = new ControlFields(sent)
  const declared = requestFraming(controls, 1, method)
  const isConnect = method === 'CONNECT'
  const fault =
    pseudo.fault ??
    (sent.length > maxFields ? 'too_many_fields' : undefined) ??
    fieldsFault(sent) ??
    // A CONNECT names no target; it is refused for what it is.
    (isConnect ? undefined : pseudoFault(method, path, pseudo.values[':scheme'])) ??
    ('fault' in declared && !isConnect ? declared.fault : undefined) ??
    (isWhole && 'kind' in declared && declared.kind === 'length' ? 'length_invalid' : undefined) ??
    (controls.expect === undefined || controls.expect.toLowerCase() === '100-continue' ? undefined : 'expectation')
  return {
    method: endOfToken(method, 0) === method.length ? method : '',
    target: isConnect || fault !== undefined ? '/' : path,
    fields,
    framing: isWhole || 'fault' in declared ? { kind: 'none', declared: isEmptyDeclared(declared) } : framed(declared),
    expectsContinue: fault === undefined && controls.expect !== undefined && !isWhole,
    isGrpc: grpcType.test(sent.find(({ name }) => name === 'content-type')?.value ?? ''),
    fault,
  }
}

type PseudoName = (typeof pseudoNames)[number]

function readPseudo(raw: readonly string[]): { values: Partial<Record<PseudoName, string>>; fault?: string } {
  const values: Partial<Record<PseudoName, string>> = {}
  let isOver = false
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    if (!name.startsWith(':')) {
      isOver = true
      continue
    }
    const known = pseudoNames.find((candidate) => candidate === name)
    // SECURITY: each once, all before the fields, and none that changes what the request is (RFC 9113 §8.3, RFC 8441).
    if (known === undefined || isOver || values[known] !== undefined) return { values, fault: 'pseudo_field' }
    values[known] = raw[index + 1]!
  }
  return { values }
}

function pseudoFault(method: string, path: string, scheme: string | undefined): string | undefined {
  if (method === '' || endOfToken(method, 0) !== method.length) return 'pseudo_field'
  // SECURITY: it came inside TLS, and goes on inside TLS.
  if (scheme !== 'https') return 'scheme'
  if (endOfTarget(path, 0) !== path.length || !isRequestTarget(method, path)) return 'target'
  // The destination stands in `:authority`: a second one in the target is what HTTP/1.1 has for proxies.
  return path.startsWith('/') || path === '*' ? undefined : 'target'
}

/** RFC 9113 §8.2.3: crumbs are one field to everybody who knows no HTTP/2. */
function joinCookies(fields: readonly HeaderField[]): HeaderField[] {
  const first = fields.find(({ name }) => name === 'cookie')
  if (first === undefined) return [...fields]
  const crumbs = fields.filter(({ name }) => name === 'cookie').map(({ value }) => value)
  return fields.flatMap((field) => {
    if (field === first) return [{ name: 'cookie', value: crumbs.join('; ') }]
    return field.name === 'cookie' ? [] : [field]
  })
}

/** SECURITY: where `:authority` and `Host` differ, both are left standing, and the way out refuses that. */
function addressed(fields: HeaderField[], authority: string | undefined): HeaderField[] {
  if (authority === undefined) return fields
  const hosts = fields.filter(({ name }) => name === 'host')
  const isSame = hosts.length === 1 && hosts[0]!.value.toLowerCase() === authority.toLowerCase()
  const others = isSame ? fields.filter((field) => field !== hosts[0]) : fields
  return [{ name: 'Host', value: authority }, ...others]
}

/** What has no length here goes in chunks where it leaves as HTTP/1.1. */
function framed(declared: BodyFraming): BodyFraming {
  return declared.kind === 'none' && !declared.declared ? { kind: 'chunked' } : declared
}

function isEmptyDeclared(declared: BodyFraming | { readonly fault: string }): boolean {
  return 'kind' in declared && declared.kind === 'none' && declared.declared
}
