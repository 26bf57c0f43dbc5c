import { isIP } from 'node:net'
import type { Destination } from '../../foundation/destination.ts'
import { parseAuthority } from '../../foundation/destination-authority.ts'
import { type Refusal, refuse } from '../refusal.ts'

/** A request target in absolute-form, taken apart. */
export interface AbsoluteTarget {
  readonly destination: Destination
  /** Path and query, as they were sent. */
  readonly target: string
}

const absoluteForm = /^(https?):\/\/([^/?#]*)(.*)$/is
const connectForm = /^(.*):(\d{1,5})$/s

/** Reads a target in absolute-form (RFC 9112 §3.2.2); undefined for the other forms. */
export function readAbsoluteTarget(text: string): AbsoluteTarget | Refusal | undefined {
  const [, scheme = '', authority = '', rest = ''] = absoluteForm.exec(text) ?? []
  if (scheme === '') return undefined
  const destination = parseAuthority(authority, scheme.toLowerCase() === 'https' ? 'https' : 'http')
  if (destination === undefined) return refuseAuthority(authority)
  return { destination, target: rest.startsWith('/') ? rest : `/${rest}` }
}

/** Reads the target of a CONNECT (RFC 9112 §3.2.3), which always has a port. Its scheme is not known yet. */
export function readConnectTarget(text: string): Pick<Destination, 'host' | 'port'> | Refusal {
  if (!connectForm.test(text)) return refuseAuthority(text)
  return parseAuthority(text, 'https') ?? refuseAuthority(text)
}

/** SECURITY: an address is no name: no rule could say whose it is, and the broker's own doors have addresses too. */
function refuseAuthority(text: string): Refusal {
  const host = text.replace(/:\d*$/, '').replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return refuse('destination_denied', { host, reason: 'an address is not a name', rule: null })
  return refuse('request_malformed', { reason: 'the target names no host and port' })
}
