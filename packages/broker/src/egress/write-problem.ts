import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problemResponse } from './problem-response.ts'
import type { Refusal } from './refusal.ts'

/** How a refusal is said where there is no response to say it with. */
export interface WriteProblemOptions {
  /** Leaves the connection open for another request. */
  readonly keepOpen?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers on the bare connection, and closes it unless told otherwise. @param instance id of the audit event */
export function writeProblem(
  socket: Duplex,
  refusal: Refusal,
  instance: string,
  { keepOpen = false, headers: further = {} }: WriteProblemOptions = {},
): void {
  const { status, headers, body } = problemResponse(refusal, instance)
  const all = { ...headers, ...further, connection: keepOpen ? 'keep-alive' : 'close' }
  const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${fields.join('')}\r\n${body}`
  if (keepOpen) socket.write(text)
  else socket.end(text, () => socket.destroy())
}
