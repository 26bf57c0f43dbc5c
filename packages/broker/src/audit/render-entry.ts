import { asciiJson } from './ascii-json.ts'
import type { AuditEntry } from './audit-log.ts'

/** Writes what does not change between the records of like requests, for `AuditEntry.prepared`. */
export function prepareMembers(members: Omit<AuditEntry, 'id' | 'kind'>): string {
  return asciiJson(members).slice(1, -1)
}

let lastMs = 0
let lastText = ''

/** Many records have the same millisecond. */
function textOf(at: Date): string {
  const ms = at.getTime()
  if (ms !== lastMs) {
    lastText = at.toISOString()
    lastMs = ms
  }
  return lastText
}

/** The JSON object of a record, in printable ASCII. */
export function renderEntry(entry: AuditEntry, at: Date): string {
  const { id, kind, prepared } = entry
  if (prepared === undefined) return asciiJson({ ...entry, at: textOf(at) })
  let text = `{"id":"${id}",${prepared},"kind":"${kind}"`
  const { status, upstreamStatus, bytesSent, bytesReceived, latencyMs, scrubbed, newKeys } = entry
  if (status !== undefined) text += `,"status":${status}`
  if (upstreamStatus !== undefined) text += `,"upstreamStatus":${upstreamStatus}`
  if (bytesSent !== undefined) text += `,"bytesSent":${bytesSent}`
  if (bytesReceived !== undefined) text += `,"bytesReceived":${bytesReceived}`
  if (latencyMs !== undefined) text += `,"latencyMs":${latencyMs}`
  if (scrubbed !== undefined) text += `,"scrubbed":${scrubbed}`
  if (newKeys !== undefined) text += `,"newKeys":${newKeys}`
  return `${text},"at":"${textOf(at)}"}`
}
