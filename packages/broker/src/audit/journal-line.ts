import { hash } from 'node:crypto'
import type { JournalHead } from '@coatcheck/contract'

/** Longest line of a journal in bytes; longer records are refused, longer lines are not read. */
export const maxLineBytes = 1024 * 1024

/** Bytes that `chainLine` needs beside the event of a line. */
export const lineRoomBytes = 192

/** A line that was written, with its place in the chain. */
export interface ChainedLine {
  /** Offset behind its line feed. */
  readonly end: number
  readonly hash: string
}

/** What stands in front of the first record. Made from the journal's id, so that a renamed file does not verify. */
export function chainSeed(journal: string): string {
  return hash('sha256', `coatcheck journal ${journal}`)
}

/**
 * Writes the line of one record: `{"seq":…,"event":…,"hash":"…"}` and a line feed, where `hash` is SHA-256, in hex, over the hash of
 * the line before as text and this line up to its `,"hash"`.
 * @param target has room for `lineRoomBytes` and the event behind `start`
 * @param event a JSON object in printable ASCII
 */
export function chainLine(
  target: Buffer,
  start: number,
  sequence: number,
  event: string,
  previousHash: string,
): ChainedLine {
  // What is hashed lies in one piece; the hash of the line before then makes room.
  const length = target.write(`${previousHash}{"seq":${sequence},"event":${event}`, start, 'latin1')
  const digest = hash('sha256', target.subarray(start, start + length))
  target.copyWithin(start, start + previousHash.length, start + length)
  const bodyEnd = start + length - previousHash.length
  return { end: bodyEnd + target.write(`,"hash":"${digest}"}\n`, bodyEnd, 'latin1'), hash: digest }
}

const tail = /^,"hash":"([0-9a-f]{64})"\}$/
const tailLength = 75

/** The hash of a line without its line feed, when the line continues the chain; undefined when it was tampered with. */
export function verifyLine(text: string, sequence: number, previousHash: string): string | undefined {
  const body = text.slice(0, -tailLength)
  const claimed = tail.exec(text.slice(-tailLength))?.[1]
  if (claimed === undefined || !body.startsWith(`{"seq":${sequence},"event":`)) return undefined
  return hash('sha256', previousHash + body) === claimed ? claimed : undefined
}

/** What a line says about its own place in the chain; nothing is verified. */
export function claimedHead(journal: string, text: string): JournalHead | undefined {
  const digest = tail.exec(text.slice(-tailLength))?.[1]
  const sequence = /^\{"seq":([1-9]\d{0,14}),"event":/.exec(text)?.[1]
  return digest === undefined || sequence === undefined
    ? undefined
    : { journal, sequence: Number(sequence), hash: digest }
}
