import type { ActivityRow, AuditEvent } from '@coatcheck/contract'

/** The event on a line of a journal; undefined when there is none that can be shown. */
export function parseRecord(text: string): AuditEvent | undefined {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    // A line that was tampered with; telling so is the business of the verification.
    return undefined
  }
  const event: unknown = isRecord(line) ? line['event'] : undefined
  if (!isRecord(event)) return undefined
  const required = [event['id'], event['kind'], event['at'], event['project']]
  return required.every((field) => typeof field === 'string') ? (event as unknown as AuditEvent) : undefined
}

/** What a record is listed as; undefined for what only concerns the journal itself. */
export function kindOf({ kind }: AuditEvent): ActivityRow['kind'] | undefined {
  const [subject] = kind.split('.')
  if (subject === 'journal') return undefined
  return subject === 'exchange' || subject === 'connection' || subject === 'name' || subject === 'denials'
    ? subject
    : subject === 'alarm'
      ? 'alarm'
      : 'management'
}

/** True for the kinds whose intent and outcome are two records of one decision. */
export function isJoined(kind: ActivityRow['kind']): boolean {
  return kind === 'exchange' || kind === 'connection'
}

/** The intent and the outcome of one decision as one event, with the time of the one that was read first. */
export function joinEvents(known: AuditEvent, added: AuditEvent): AuditEvent {
  const [intent, outcome] = added.kind.endsWith('.intended') ? [added, known] : [known, added]
  return { ...intent, ...outcome, at: known.at }
}

/** What was decided, as far as the records tell. */
export function decisionOf({ kind, code }: AuditEvent): ActivityRow['decision'] {
  if (kind.endsWith('.intended')) return 'open'
  if (kind.endsWith('.completed')) return 'allowed'
  if (kind.endsWith('.refused') || kind === 'denials.counted' || kind === 'alarm.raised') return 'refused'
  return code === undefined ? 'allowed' : 'refused'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
