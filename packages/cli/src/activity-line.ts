import type { ActivityRow, AuditEvent } from '@coatcheck/contract'

/** A row of the journal as one line: when, what was decided, what it was, how it ended. */
export function activityLine({ at, decision, kind, event }: ActivityRow): string {
  const parts = [
    at,
    (kind === 'management' && decision !== 'refused' ? 'changed' : decision).padEnd(7),
    kind === 'management' ? [event.kind, event.subject].join(' ').trim() : subjectOf(kind, event),
    statusOf(event),
    event.latencyMs === undefined ? '' : `${Math.round(event.latencyMs)} ms`,
    event.count === undefined ? '' : `${event.count} times`,
    event.secrets === undefined || event.secrets.length === 0 ? '' : `with ${event.secrets.join(', ')}`,
    event.code ?? '',
    event.actor === undefined ? '' : `by ${event.actor}`,
    event.sandbox ?? '',
  ]
  return parts.filter((part) => part !== '').join('  ')
}

function subjectOf(kind: ActivityRow['kind'], { method, scheme, host, port, path }: AuditEvent): string {
  const usual = port === undefined || (scheme === 'http' ? port === 80 : port === 443)
  const place = `${host ?? 'an unnamed host'}${usual ? '' : `:${port}`}`
  if (kind === 'exchange') return `${method ?? '?'} ${scheme ?? 'https'}://${place}${path ?? ''}`
  return `${kind} ${place}`
}

/** What the client saw; also what the service sent, where that was something else. */
function statusOf({ status, upstreamStatus }: AuditEvent): string {
  if (status === undefined) return ''
  return upstreamStatus === undefined || upstreamStatus === status
    ? String(status)
    : `${status} (service: ${upstreamStatus})`
}
