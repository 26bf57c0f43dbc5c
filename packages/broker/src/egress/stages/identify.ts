import type { TargetFault } from '../../foundation/canonical-path.ts'
import type { Clock } from '../../foundation/clock.ts'
import { type Destination, formatAuthority } from '../../foundation/destination.ts'
import { parseAuthority } from '../../foundation/destination-authority.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Exchange } from '../exchange.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { readHandshake } from '../websocket/handshake.ts'
import { isUpgrade } from './admit-frames.ts'
import { dropOwnIdentity } from './own-identity.ts'

/** Methods that reflect the request or open a tunnel past the policy. */
const refusedMethods = new Set(['TRACE', 'CONNECT', 'TRACK'])

/** Faults of a path that are none where it is a name. */
const literalFaults: ReadonlySet<string> = new Set(['double_encoding', 'empty_segment'] satisfies TargetFault[])

/** Who asks, and for what: the sandbox is alive, and every name in the request says the same destination. */
export function identify(exchange: Exchange, clock: Clock): Refusal | undefined {
  const { sandbox } = exchange.routes
  if (isOver(sandbox, clock)) return refuse('sandbox_expired')
  if (refusedMethods.has(exchange.head.method)) return refuse('method_refused', { method: exchange.head.method })
  if (exchange.ambiguous !== null && !isTakenLiterally(exchange)) {
    return refuse('path_ambiguous', { reason: exchange.ambiguous })
  }

  const { fields } = exchange.head
  // SECURITY: one destination. The dialled address and the TLS name agreed when the connection was accepted; Host must
  // say the same, once.
  if (!namesDestination(fields, exchange.arrival.destination)) {
    return refuse('destination_mismatch', { expected: exchange.arrival.destination.host })
  }
  // From here on the request says the canonical name, whatever letters the client wrote.
  fieldsNamed(fields, 'host')[0]!.value = formatAuthority(exchange.arrival.destination)
  dropOwnIdentity(fields, sandbox)
  // SECURITY: nothing but WebSocket leaves HTTP, least of all for h2c; what is no handshake is not half of one.
  if (!isUpgrade(exchange)) return undefined
  const { carrier, head } = exchange
  if (carrier.mayUpgrade === true && readHandshake(head.method, fields) !== undefined) return undefined
  return refuse('upgrade_refused')
}

/**
 * Whether the path can be read in one way by this service: object storages take it as a name. SECURITY: that is so of those hosts
 * alone whose every scope says it.
 */
function isTakenLiterally({ ambiguous, arrival, head, routes }: Exchange): boolean {
  if (ambiguous === null || !literalFaults.has(ambiguous) || head.path === '/') return false
  const scopes = routes.grants.flatMap((grant) => grant.scopes)
  const covering = scopes.filter(({ pattern }) => pattern.matches(arrival.destination))
  return covering.length > 0 && covering.every(({ injection }) => injection.takesLiteralPaths === true)
}

/** Whether a sandbox was ended, or has expired. */
export function isOver({ endedAt, expiresAt }: Sandbox, clock: Clock): boolean {
  return endedAt !== null || clock.now() >= new Date(expiresAt)
}

/** Whether exactly one Host field stands there and it names the destination. */
function namesDestination(fields: readonly HeaderField[], destination: Destination): boolean {
  const hosts = fieldsNamed(fields, 'host')
  if (hosts.length !== 1) return false
  const named = parseAuthority(hosts[0]!.value, destination.scheme)
  return named?.host === destination.host && named.port === destination.port
}

function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  return fields.filter((field) => field.name.toLowerCase() === name)
}
