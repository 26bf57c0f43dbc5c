import { timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFileAtomically } from '../../foundation/write-file-atomically.ts'
import { encodeCanonically } from '../../vault/canonical-encoding.ts'
import type { KeyRing } from '../../vault/key-ring.ts'
import { translateStorageErrors } from './storage-error.ts'

/** The newest state of the database that was ever acknowledged. */
export interface HighWaterMark {
  readonly revision: number
  /** Id of the key that made it. */
  readonly keyId: string
  /** Keyed hash of that state, hex. */
  readonly fingerprint: string
}

const form = /^([0-9]{1,15}) ([0-9a-f]{16}) ([0-9a-f]{64}) ([0-9a-f]{64})\n$/

/** Keeps the high-water mark next to the key, so that whoever puts an older database back cannot set it back too. */
export class HighWaterFile {
  readonly #path: string
  readonly #keyRing: KeyRing

  constructor(path: string, keyRing: KeyRing) {
    this.#path = path
    this.#keyRing = keyRing
  }

  /** Undefined when there is none, `unreadable` when it was not written under this key. @throws CoatcheckError `vault_locked` */
  read(): HighWaterMark | undefined | 'unreadable' {
    const text = translateStorageErrors(() => readIfPresent(this.#path))
    if (text === undefined) return undefined
    const [, digits, keyId, fingerprint, proof] = form.exec(text) ?? []
    if (digits === undefined || keyId === undefined || fingerprint === undefined || proof === undefined) {
      return 'unreadable'
    }
    // Another process may have begun to use another key.
    if (!this.#keyRing.knows(keyId)) this.#keyRing.refresh()
    this.#keyRing.requireUnlocked()
    if (!this.#keyRing.knows(keyId)) return 'unreadable'
    const mark = { revision: Number(digits), keyId, fingerprint }
    return timingSafeEqual(Buffer.from(proof, 'hex'), this.#authenticate(mark)) ? mark : 'unreadable'
  }

  /** @throws CoatcheckError `vault_locked` | `storage_unavailable` */
  write(mark: HighWaterMark): void {
    const proof = Buffer.from(this.#authenticate(mark)).toString('hex')
    const text = `${mark.revision} ${mark.keyId} ${mark.fingerprint} ${proof}\n`
    translateStorageErrors(() => writeFileAtomically(this.#path, text))
  }

  #authenticate({ revision, keyId, fingerprint }: HighWaterMark): Uint8Array {
    return this.#keyRing.authenticateMark(encodeCanonically(['high-water', revision, fingerprint]), keyId)
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
