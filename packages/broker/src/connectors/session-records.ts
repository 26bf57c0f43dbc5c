import type { AuditEntry } from '../audit/audit-log.ts'
import type { ReachWish, SessionEnd } from './connector.ts'
import { placeFor } from './grant-setup.ts'
import type { JudgedGrant } from './judge-grant.ts'
import type { LiveSession } from './live-session.ts'

type SessionEvent = Omit<AuditEntry, 'kind'>

/** What all further events of a session say, once it is let through. @param event what those before say */
export function intendedSession(
  event: SessionEvent,
  judged: JudgedGrant,
  wish: ReachWish,
  version: number | undefined,
): SessionEvent {
  const { grant, secret } = judged
  const { destination, rule } = placeFor(judged, wish)
  return {
    ...event,
    ...destination,
    rule,
    ...(version === undefined ? {} : { secrets: [`${secret.name}@${version}`] }),
    grants: [grant.id],
    note: wish.purpose,
  }
}

/** What is recorded when a session is over. @param event what all events of the session say */
export function sessionOutcome(
  { endedFor, intent }: LiveSession,
  event: SessionEvent,
  end: SessionEnd,
  latencyMs: number,
): AuditEntry {
  const { bytesSent, bytesReceived } = end
  const code = endedFor ?? end.code
  const note = [event.note, end.note].filter((words) => words !== undefined).join(', ')
  const told = { ...event, ...(code && { code }), ...(note && { note }) }
  if (intent === undefined && code !== undefined) return { ...told, kind: 'connection.refused', code }
  return { ...told, bytesSent, bytesReceived, latencyMs, kind: 'connection.completed' }
}
