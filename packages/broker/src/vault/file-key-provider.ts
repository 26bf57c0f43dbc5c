import { timingSafeEqual } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { maxKeyFileBytes, type PassphraseTerms, parseKeyFile, type WrappedMasterKey } from './key-file-format.ts'
import { checkKeyFileLocation } from './key-file-location.ts'
import type { KeyProvider } from './key-provider.ts'
import { unwrapMasterKey } from './master-key-wrap.ts'
import { derivePassphraseKey } from './passphrase.ts'
import { readPrivateFile, versionOf } from './private-file.ts'
import type { SecretValue } from './secret-value.ts'

/** A key that was derived from a passphrase, and the terms on which it was. */
interface Wrapping {
  readonly terms: PassphraseTerms
  readonly key: Uint8Array
}

/** What a key file is read with. */
export interface FileKeyOptions {
  /** A key file inside of it is refused. */
  readonly databaseDirectory?: string
  /** Where the passphrase comes from when nobody gives one; the caller wipes it. */
  readonly passphrase?: () => SecretValue | undefined
}

/** Keeps the key-encryption keys in a text file with mode 0600, in the clear or wrapped under a passphrase, in a folder apart from the database. */
export class FileKeyProvider implements KeyProvider {
  readonly #path: string
  readonly #options: FileKeyOptions
  #wrapping: Wrapping | undefined

  /** Reads nothing yet. */
  constructor(path: string, options: FileKeyOptions = {}) {
    this.#path = path
    this.#options = options
  }

  read(passphrase?: SecretValue): readonly Uint8Array[] {
    checkKeyFileLocation(this.#path, this.#options.databaseDirectory)
    const text = readPrivateFile(this.#path, maxKeyFileBytes)
    try {
      const content = parseKeyFile(text)
      if (content.kind === 'file') return content.keys
      const { terms, keys } = content
      // SECURITY: a passphrase that is given is always tried, so that no earlier one answers for it.
      const wrapping = passphrase === undefined ? this.#present(terms) : derive(passphrase, terms)
      const opened = this.#open(wrapping, keys)
      this.#keep(wrapping)
      return opened
    } finally {
      text.fill(0)
    }
  }

  version(): string {
    return versionOf(this.#path)
  }

  forget(): void {
    this.#wrapping?.key.fill(0)
    this.#wrapping = undefined
  }

  /** What the present passphrase became, for another key in the same file. @throws CoatcheckError `passphrase_required` */
  wrapping(terms: PassphraseTerms): Uint8Array {
    return this.#present(terms).key
  }

  #open(wrapping: Wrapping, keys: readonly WrappedMasterKey[]): readonly Uint8Array[] {
    const opened: Uint8Array[] = []
    try {
      for (const key of keys) opened.push(unwrapMasterKey(wrapping.key, wrapping.terms, key))
      return opened
    } catch (error) {
      for (const key of opened) key.fill(0)
      if (wrapping !== this.#wrapping) wrapping.key.fill(0)
      throw error
    }
  }

  #present(terms: PassphraseTerms): Wrapping {
    if (this.#wrapping !== undefined && isSame(this.#wrapping.terms, terms)) return this.#wrapping
    using passphrase = this.#options.passphrase?.()
    if (passphrase === undefined) throw new CoatcheckError('passphrase_required')
    return derive(passphrase, terms)
  }

  #keep(wrapping: Wrapping): void {
    if (wrapping === this.#wrapping) return
    this.forget()
    this.#wrapping = wrapping
  }
}

function derive(passphrase: SecretValue, terms: PassphraseTerms): Wrapping {
  return { terms, key: derivePassphraseKey(passphrase, terms.salt, terms.cost) }
}

function isSame(left: PassphraseTerms, right: PassphraseTerms): boolean {
  const [one, other] = [left.cost, right.cost]
  const isSameCost = one.memoryKib === other.memoryKib && one.passes === other.passes && one.lanes === other.lanes
  return isSameCost && timingSafeEqual(left.salt, right.salt)
}
