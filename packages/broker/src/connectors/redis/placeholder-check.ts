import { createHash, timingSafeEqual } from 'node:crypto'

/** Says whether clients show the placeholder of one grant. */
export class PlaceholderCheck {
  readonly #hash: Buffer

  constructor(placeholder: string) {
    this.#hash = hashOf(placeholder)
  }

  /** SECURITY: in constant time, whatever its length. */
  isShown(password: Uint8Array): boolean {
    return timingSafeEqual(hashOf(password), this.#hash)
  }
}

function hashOf(bytes: string | Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
