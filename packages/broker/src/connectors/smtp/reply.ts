import { ProtocolError } from '../protocol-error.ts'
import type { LineReader } from './line-reader.ts'

/** What a server answers. */
export interface Reply {
  readonly code: number
  /** At least one. */
  readonly lines: readonly string[]
}

/** Most lines of a reply that is read. */
const maxLines = 128
/** Longest text of a line that is passed on, in characters; with code and end it is 512, as RFC 5321 has it. */
const maxText = 506

/** Reads a reply. @throws ProtocolError */
export async function readReply(reader: LineReader): Promise<Reply> {
  const lines: string[] = []
  let said: string | undefined
  for (;;) {
    const [, code, mark, text = ''] = /^([2-5][0-5][0-9])(?:([ -])(.*))?$/.exec(await reader.line('latin1')) ?? []
    if (code === undefined || (said ?? code) !== code || lines.length === maxLines) throw new ProtocolError('reply')
    said = code
    lines.push(text)
    if (mark !== '-') return { code: Number(code), lines }
  }
}

/** A reply as it is sent. What is not printable ASCII is told to nobody. */
export function written({ code, lines }: Reply): string {
  const clean = lines.map((line) => line.slice(0, maxText).replace(/[^ -~]/g, '?'))
  return clean.map((line, index) => `${code}${index === clean.length - 1 ? ' ' : '-'}${line}\r\n`).join('')
}

/** A reply of our own, with an enhanced status code (RFC 3463) before the text where there is one. */
export function ownReply(code: number, text: string, enhanced?: string): Reply {
  return { code, lines: [enhanced === undefined ? text : `${enhanced} coatcheck: ${text}`] }
}
