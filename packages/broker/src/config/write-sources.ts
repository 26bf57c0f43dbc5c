import { createHash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { sweepUnfinished, writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { refuseWorkTree } from '../vault/key-file-location.ts'
import { type Home, homePaths } from './home.ts'
import { prepareHome } from './prepare-home.ts'
import { demandElsewhere, describeSources, openSources, readSourceFile } from './read-sources.ts'

/** One source of a file that somebody is asked to approve. */
export interface WrittenSource {
  readonly name: string
  readonly kind: string
  /** What it runs, reads or asks, as it was written. */
  readonly options: Readonly<Record<string, unknown>>
  readonly to: readonly string[]
}

/** A file of sources that was checked and is not in use. */
export interface CheckedSources {
  readonly sources: readonly WrittenSource[]
  /** SHA-256 of the file, hex; the journal names it when a broker works with it. */
  readonly sha256: string
  readonly text: string
}

/** Reads a file of sources and says what is in it; nothing is run or asked. @throws CoatcheckError `settings_invalid` | `scope_invalid` */
export function checkSources(home: Home, path: string): CheckedSources {
  const text = readSourceFile(path)
  const sources = describeSources(path, text)
  demandElsewhere(home, path, sources)
  const nothing = () => Promise.reject(new CoatcheckError('not_found'))
  const opened = openSources(sources, {
    clock: { now: () => new Date() },
    dialWith: () => nothing,
    homeFolder: '/',
    variables: new Map(),
  })
  return {
    sources: sources.described.map(({ name, source: { kind }, options }, index) => {
      return { name, kind, options, to: opened[index]!.to.map(({ to }) => to) }
    }),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
  }
}

/**
 * Puts a file of sources that was approved into a home, in the place of the one that is there. SECURITY: SEC-06. What was
 * approved is what is written here; a later change of the file that it came from is another one.
 * @throws CoatcheckError `home_unusable` | `key_unusable` | `storage_unavailable`
 */
export function writeSources(home: Home, { text }: CheckedSources): void {
  const { sources: path } = homePaths(home)
  refuseWorkTree(home.keys)
  prepareHome(home)
  try {
    sweepUnfinished(path)
    writeFileAtomically(path, text)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new CoatcheckError('storage_unavailable', { path, reason }, { cause: error })
  }
}
