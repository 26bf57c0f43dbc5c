import { readFileSync } from 'node:fs'
import type { ClockMark } from '../../foundation/high-water-clock.ts'
import { writeFileAtomically } from '../../foundation/write-file-atomically.ts'
import { translateStorageErrors } from './storage-error.ts'

/** Keeps the clock's mark in a file, in the key's folder, where a thief of the database cannot set it back. */
export class ClockMarkFile implements ClockMark {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  read(): number | undefined | 'unreadable' {
    return translateStorageErrors(() => {
      try {
        const mark = Date.parse(readFileSync(this.#path, 'utf8').trim())
        return Number.isNaN(mark) ? 'unreadable' : mark
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    })
  }

  /** The same mark for a thread that leaves writing it to another one. */
  readOnly(): ClockMark {
    return { read: () => this.read(), write: () => {} }
  }

  /** @throws CoatcheckError `storage_unavailable` */
  write(mark: number): void {
    translateStorageErrors(() => writeFileAtomically(this.#path, `${new Date(mark).toISOString()}\n`))
  }
}
