import type { AuditEntry, AuditLog } from '../../audit/audit-log.ts'
import { maskPath } from '../../audit/path-mask.ts'
import { prepareMembers } from '../../audit/render-entry.ts'
import type { Clock } from '../../foundation/clock.ts'
import { latencySince } from '../../foundation/latency-since.ts'
import { isVirtualKey } from '../../sandbox/virtual-key.ts'
import type { Exchange, Outcome, Progress } from '../exchange.ts'
import { describeRefusal, type Refusal } from '../refusal.ts'

/** Says that a request is about to leave. Nothing is dialled before this is safe. */
export function recordIntent(exchange: Exchange, audit: AuditLog): Promise<void> {
  return audit.append(describe(exchange, 'exchange.intended'))
}

/** Says how a request that left has ended. */
export function recordOutcome(exchange: Exchange, audit: AuditLog, clock: Clock, outcome: Outcome): Promise<void> {
  if (outcome.scrubbed !== undefined || outcome.newKeys !== undefined)
    return recordReturned(exchange, audit, clock, outcome)
  return audit.append(plainly(exchange, clock, outcome) ?? completed(exchange, clock, outcome))
}

/** The record of a request like those before, of which there is most; undefined where there is more to be said of this one. */
function plainly(exchange: Exchange, clock: Clock, outcome: Outcome): AuditEntry | undefined {
  const { id, known, routes } = exchange
  const { status, upstreamStatus, bytesSent, bytesReceived, note } = outcome
  if (known === undefined || upstreamStatus === undefined || note !== undefined) return undefined
  const { project, id: sandbox } = routes.sandbox
  const { prepared } = known
  const { latencyMs } = latency(exchange, clock)
  const kind = 'exchange.completed'
  return { id, kind, project, sandbox, prepared, status, upstreamStatus, bytesSent, bytesReceived, latencyMs }
}

/** Says that the answer to a request was not passed on, since the request is sent once more with the value before. */
export function recordDeclined(exchange: Exchange, audit: AuditLog, clock: Clock): Promise<void> {
  const note = 'declined with a new value on trial, and sent once more'
  const event = {
    ...describe(exchange, 'exchange.completed'),
    ...exchange.carrier.progress(),
    ...latency(exchange, clock),
  }
  return audit.append({ ...event, note })
}

/** A service that says what it was told is nothing to wait and see: a person should hear of it. */
async function recordReturned(exchange: Exchange, audit: AuditLog, clock: Clock, outcome: Outcome): Promise<void> {
  await audit.append(completed(exchange, clock, outcome))
  const alarm = { id: exchange.id, ...membersOf(exchange), kind: 'alarm.raised' } as const
  const { scrubbed, newKeys } = outcome
  if (scrubbed !== undefined) await audit.append({ ...alarm, code: 'secret_returned', note: `replaced: ${scrubbed}` })
  if (newKeys !== undefined) await audit.append({ ...alarm, code: 'new_key_returned', note: `replaced: ${newKeys}` })
}

function completed(exchange: Exchange, clock: Clock, outcome: Outcome): AuditEntry {
  const event = { ...describe(exchange, 'exchange.completed'), ...outcome, ...latency(exchange, clock) }
  const note = noteOf(exchange)
  if (note === undefined || outcome.note === undefined) return event
  return { ...event, note: `${note}, ${outcome.note}` }
}

/**
 * Says that a request was let through and then failed; `code` has the reason, the rest how far it got. Raises an alarm when
 * it asks for one.
 */
export async function recordFailure(
  exchange: Exchange,
  audit: AuditLog,
  clock: Clock,
  refusal: Refusal,
  progress: Progress,
): Promise<void> {
  const event = { id: exchange.id, ...membersOf(exchange), ...describeRefusal(refusal) }
  await audit.append({ ...event, ...progress, ...latency(exchange, clock), kind: 'exchange.completed' })
  if (refusal.alarm === true) await audit.append({ ...event, kind: 'alarm.raised' })
}

/** Says that a request was refused, and raises an alarm when the refusal asks for one. */
export async function recordRefusal(exchange: Exchange, audit: AuditLog, refusal: Refusal): Promise<void> {
  const event = { id: exchange.id, ...membersOf(exchange), ...describeRefusal(refusal) }
  await audit.append({ ...event, kind: 'exchange.refused' })
  if (refusal.alarm === true) await audit.append({ ...event, kind: 'alarm.raised' })
}

function latency(exchange: Exchange, clock: Clock): { latencyMs: number } {
  return { latencyMs: latencySince(exchange.startedAtMs, clock) }
}

/** The part of an exchange's records that those of an equal one have too, for `AuditEntry.prepared`. */
export function prepareRecord(exchange: Exchange): string {
  return prepareMembers(membersOf(exchange))
}

function describe(exchange: Exchange, kind: AuditEntry['kind']): AuditEntry {
  const { id, known, routes } = exchange
  if (known === undefined) return { id, ...membersOf(exchange), kind }
  return { id, kind, project: routes.sandbox.project, sandbox: routes.sandbox.id, prepared: known.prepared }
}

function membersOf(exchange: Exchange): Omit<AuditEntry, 'id' | 'kind'> {
  const { scheme, host, port } = exchange.arrival.destination
  const { attachments, routes, head, strays } = exchange
  const note = noteOf(exchange)
  return {
    project: routes.sandbox.project,
    sandbox: routes.sandbox.id,
    ...(isVirtualKey(routes.sandbox) && { subject: routes.sandbox.name }),
    method: head.method,
    scheme,
    host,
    port,
    path: maskPath(head.path, strays === undefined ? routes.placeholders : [...routes.placeholders, ...strays]),
    ...(exchange.rule === null ? {} : { rule: exchange.rule }),
    ...(note === undefined ? {} : { note }),
    ...(attachments.length === 0
      ? {}
      : {
          grants: attachments.map(({ grant }) => grant.grant.id),
          secrets: attachments.map(({ grant, secret }) =>
            secret === undefined ? grant.secretName : `${grant.secretName}@${secret.version}`,
          ),
        }),
  }
}

function noteOf({ approved, note, wouldRefuse }: Exchange): string | undefined {
  if (approved === undefined && wouldRefuse === undefined) return note
  const further = [note, wouldRefuse, approved && `approved: ${approved.id}`]
  return further.filter((each) => each !== undefined).join(', ')
}
