import { createHash, type Hash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { ByteSource } from './byte-source.ts'

/** First line of a backup; the number is that of the format. */
const signature = 'coatcheck-backup-1\n'
const signatureForm = /^coatcheck-backup-(\d{1,6})$/
const entryForm = /^entry ([a-z0-9_./-]{1,100}) (\d{1,15})$/
const endForm = /^end (\d{1,9}) ([0-9a-f]{64})$/
const maxLineBytes = 256

/** One named part of a backup. */
export interface BackupEntry {
  readonly name: string
  /** In bytes; `read` gives exactly as many. */
  readonly size: number
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** Receives the bytes of an entry, in order. */
export type EntrySink = (chunk: Uint8Array) => void

/** Bytes of the backup that `writeBackup` makes of these entries. */
export function sizeOfBackup(entries: readonly BackupEntry[]): number {
  const contents = entries.map(({ name, size }) => headOf(name, size).length + size)
  const sum = contents.reduce((total, size) => total + size, 0)
  return signature.length + sum + endOf(entries.length, '0'.repeat(64)).length
}

/** A backup: a signature, each entry with name and size before it, and a line with the hash of everything at the end. */
export async function* writeBackup(entries: readonly BackupEntry[]): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  const pass = (bytes: Uint8Array): Uint8Array => {
    hash.update(bytes)
    return bytes
  }
  yield pass(Buffer.from(signature))
  for (const { name, size, read } of entries) {
    yield pass(Buffer.from(headOf(name, size)))
    let left = size
    for await (const chunk of read()) {
      left -= chunk.length
      if (left < 0) break
      yield pass(chunk)
    }
    if (left !== 0) throw new CoatcheckError('storage_unavailable', { reason: `${name} changed while it was read` })
  }
  yield Buffer.from(endOf(entries.length, hash.digest('hex')))
}

/**
 * Reads a backup to its end, and hands each entry to the sink that `take` has for its name. What was handed out is good only
 * when this resolves.
 * @throws CoatcheckError `backup_unusable`
 */
export async function readBackup(
  chunks: AsyncIterable<Uint8Array>,
  take: (name: string, size: number) => EntrySink,
): Promise<void> {
  const source = new ByteSource(chunks)
  const hash = createHash('sha256')
  refuseOtherFormat(await readLine(source, hash))
  for (const names = new Set<string>(); ; ) {
    const digest = hash.copy().digest('hex')
    const line = await readLine(source, hash)
    const [, count, expected] = endForm.exec(line) ?? []
    if (expected !== undefined) {
      if (expected !== digest || Number(count) !== names.size) throw damaged()
      if (!(await source.isAtEnd())) throw damaged('there is more after its end')
      return
    }
    const [, name, size] = entryForm.exec(line) ?? []
    if (name === undefined || names.has(name)) throw damaged()
    names.add(name)
    const sink = take(name, Number(size))
    for await (const chunk of source.take(Number(size))) {
      hash.update(chunk)
      sink(chunk)
    }
  }
}

/** The failure of a backup, with why. */
export function damaged(reason = 'it is damaged', cause?: unknown): CoatcheckError {
  return new CoatcheckError('backup_unusable', { reason }, { cause })
}

function headOf(name: string, size: number): string {
  return `entry ${name} ${size}\n`
}

function endOf(count: number, digest: string): string {
  return `end ${count} ${digest}\n`
}

async function readLine(source: ByteSource, hash: Hash): Promise<string> {
  const line = await source.line(maxLineBytes)
  if (line === undefined) throw damaged('it is cut short, or no backup')
  hash.update(line)
  return Buffer.from(line).toString('latin1').slice(0, -1)
}

function refuseOtherFormat(line: string): void {
  const [, format] = signatureForm.exec(line) ?? []
  if (format === undefined) throw damaged('it is no backup')
  if (format !== '1') throw damaged('it was made by a newer version')
}
