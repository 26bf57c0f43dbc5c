import type { Grant } from './grant.ts'

/** A placeholder that belongs to nothing, as an authority row holds it. Its use, by anybody, is an alarm. */
export interface Decoy {
  readonly id: string
  readonly project: string
  readonly name: string
  readonly provider: string | null
  /** HMAC of the text under a key of the key ring, hex. */
  readonly placeholderIndex: string
  /** The text, encrypted under a key of the key ring, for the change of keys. */
  readonly placeholderSealed: string
  readonly createdAt: string
}

/** What a text of the right form turns out to be. */
export type Placed = Grant | Decoy

/** Whether what was found is a decoy, and not the placeholder of a grant. */
export function isDecoy(placed: Placed): placed is Decoy {
  return !('sandboxId' in placed)
}

/** What the sealed text is bound to, so that it cannot be moved to another decoy or to a grant. */
export function decoyContext({ id }: Pick<Decoy, 'id'>): string {
  return `decoy|${id}`
}
