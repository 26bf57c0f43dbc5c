import { inspect } from 'node:util'

/** Plaintext of one secret version. Prints as `[secret]` everywhere; wiped when disposed. */
export class SecretValue implements Disposable {
  readonly #bytes: Uint8Array

  /** Takes ownership of `bytes`: they are overwritten on disposal. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Number of bytes. */
  get length(): number {
    return this.#bytes.length
  }

  /** Hands out the bytes, which are valid only inside `read`; do not keep a reference. */
  use<Result>(read: (bytes: Uint8Array) => Result): Result {
    return read(this.#bytes)
  }

  /** Another one of the same bytes, to be disposed of for itself. */
  copy(): SecretValue {
    return new SecretValue(Uint8Array.from(this.#bytes))
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0)
  }
}
