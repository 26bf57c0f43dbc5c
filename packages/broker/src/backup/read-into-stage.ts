import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { damaged, type EntrySink, readBackup } from './backup-format.ts'

const maxSmallBytes = 64 * 1024 * 1024
const journalName = /^audit\/(jrn_[0-9a-z]{20}\.(?:jsonl|checkpoint\.json))$/

/** A backup that was read whole and whose hash fits, in a folder of its own. */
export interface StagedBackup {
  readonly madeAt: string
  readonly database: string
  /** Undefined where nothing was counted yet. */
  readonly usage: string | undefined
  /** Folder of the journals. */
  readonly audit: string
  /** Undefined when the backup was made without the keys. */
  readonly keys: Uint8Array | undefined
}

/** Reads a backup into an existing, empty folder. @throws CoatcheckError `backup_unusable` */
export async function readIntoStage(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<StagedBackup> {
  const database = join(folder, 'database')
  const usage = join(folder, 'usage')
  const audit = join(folder, 'audit')
  mkdirSync(audit, { mode: 0o700 })
  const small = new Map<string, Uint8Array[]>()
  const descriptors: number[] = []
  const toFile = (path: string): EntrySink => {
    const descriptor = openSync(path, 'wx', 0o600)
    descriptors.push(descriptor)
    return (chunk) => {
      for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done)
    }
  }
  try {
    await readBackup(chunks, (name, size) => {
      const [, journal] = journalName.exec(name) ?? []
      if (journal !== undefined) return toFile(join(audit, journal))
      if (name === 'database') return toFile(database)
      if (name === 'usage') return toFile(usage)
      if ((name !== 'manifest' && name !== 'keys') || size > maxSmallBytes) throw damaged('it holds something unknown')
      const parts: Uint8Array[] = []
      small.set(name, parts)
      return (chunk) => parts.push(Uint8Array.from(chunk))
    })
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
  const [manifest, keys] = ['manifest', 'keys'].map((name) => small.get(name))
  if (manifest === undefined || !existsSync(database)) throw damaged('parts of it are missing')
  return {
    madeAt: madeAtOf(manifest),
    database,
    usage: existsSync(usage) ? usage : undefined,
    audit,
    keys: keys && Buffer.concat(keys),
  }
}

function madeAtOf(manifest: readonly Uint8Array[]): string {
  try {
    const { madeAt } = JSON.parse(Buffer.concat(manifest).toString()) as { readonly madeAt?: unknown }
    return new Date(String(madeAt)).toISOString()
  } catch (cause) {
    throw damaged('its manifest is malformed', cause)
  }
}
