import { randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { keyFileContent } from './create-key-file.ts'
import type { FileKeyProvider } from './file-key-provider.ts'
import { formatKeyFile, type KeyFileContent, maxKeyFileBytes, parseKeyFile } from './key-file-format.ts'
import { keyBytes } from './key-provider.ts'
import { wrapMasterKey } from './master-key-wrap.ts'
import { assertStrongPassphrase } from './passphrase.ts'
import { readPrivateFile, replacePrivateFile } from './private-file.ts'
import type { SecretValue } from './secret-value.ts'

/** Changes a key file in place, each time as a whole. Only one process may do so at a time; the caller sees to that. */
export class KeyFileEditor {
  readonly #path: string
  readonly #provider: FileKeyProvider

  constructor(path: string, provider: FileKeyProvider) {
    this.#path = path
    this.#provider = provider
  }

  /** Whether the file asks for a passphrase. @throws CoatcheckError `key_unusable` */
  get asksForPassphrase(): boolean {
    return this.#edit((content) => ({ result: content.kind === 'passphrase' }))
  }

  /** Whether the file holds a second key, which rotation takes out. @throws CoatcheckError `key_unusable` */
  get isRotating(): boolean {
    return this.#edit((content) => ({ result: content.keys.length > 1 }))
  }

  /** The keys as they are, which the caller wipes. @throws CoatcheckError `key_unusable` | `passphrase_required` */
  readKeys(): readonly Uint8Array[] {
    return this.#provider.read()
  }

  /** Puts a new key before the one in use; does nothing while there are two. @throws CoatcheckError `key_unusable` | `passphrase_required` */
  addKey(): void {
    this.#edit((content) => (content.keys.length > 1 ? {} : { next: this.#withNewKey(content) }))
  }

  /** Takes out the key that is used no more, for good. @throws CoatcheckError `key_unusable` */
  dropOldKey(): void {
    this.#edit((content) =>
      content.keys.length === 1 ? {} : { next: { ...content, keys: content.keys.slice(0, 1) } as KeyFileContent },
    )
  }

  /**
   * Puts the same keys under another passphrase, or, without one, in the clear.
   * @throws CoatcheckError `key_unusable` | `passphrase_required` | `passphrase_wrong` | `passphrase_weak`
   */
  rewrap(current: SecretValue | undefined, next: SecretValue | undefined): void {
    if (next !== undefined) assertStrongPassphrase(next)
    // SECURITY: who changes it must know it, also when this process remembers what it became.
    if (current === undefined && this.asksForPassphrase) throw new CoatcheckError('passphrase_required')
    const keys = this.#provider.read(current)
    try {
      this.#edit(() => ({ next: keyFileContent(keys, next) }))
    } finally {
      for (const key of keys) key.fill(0)
    }
    this.#provider.forget()
    // Read anew, so that this process goes on without asking.
    for (const key of this.#provider.read(next)) key.fill(0)
  }

  /** Wipes what is kept of the passphrase. */
  forget(): void {
    this.#provider.forget()
  }

  #withNewKey(content: KeyFileContent): KeyFileContent {
    const key = randomBytes(keyBytes)
    if (content.kind === 'file') return { kind: 'file', keys: [key, ...content.keys] }
    try {
      const wrapped = wrapMasterKey(this.#provider.wrapping(content.terms), content.terms, key)
      return { ...content, keys: [wrapped, ...content.keys] }
    } finally {
      key.fill(0)
    }
  }

  #edit<Result>(change: (content: KeyFileContent) => { next?: KeyFileContent; result?: Result }): Result {
    const text = readPrivateFile(this.#path, maxKeyFileBytes)
    const content = parseKeyFile(text)
    let next: KeyFileContent | undefined
    try {
      const outcome = change(content)
      next = outcome.next
      if (next !== undefined) this.#write(next)
      return outcome.result as Result
    } finally {
      text.fill(0)
      for (const each of [content, next]) wipe(each)
    }
  }

  #write(content: KeyFileContent): void {
    const text = formatKeyFile(content)
    try {
      replacePrivateFile(this.#path, text)
    } finally {
      text.fill(0)
    }
  }
}

function wipe(content: KeyFileContent | undefined): void {
  if (content?.kind === 'file') for (const key of content.keys) key.fill(0)
}
