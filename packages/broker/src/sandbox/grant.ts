import type { RuleList } from '@coatcheck/contract'

/** One sandbox's right to use one secret, as an authority row holds it. */
export interface Grant {
  readonly id: string
  readonly project: string
  readonly sandboxId: string
  /** Environment variable that holds the placeholder. */
  readonly env: string
  /** A stored secret, or one that lives in the broker's memory with the sandbox. */
  readonly secretId: string
  readonly ephemeral: boolean
  /** HMAC of the placeholder under a key of the key ring, hex. Finds the grant without storing the text in clear. */
  readonly placeholderIndex: string
  /** The placeholder's text, encrypted under a key of the key ring, base64. */
  readonly placeholderSealed: string
  readonly createdAt: string
  readonly expiresAt: string | null
  /** The expiry that was asked for this grant alone; `expiresAt` is never later. */
  readonly ownExpiresAt: string | null
  /** What may be done with it, beside what the secret and the project say. */
  readonly rules?: RuleList
  /** Where connections come in that speak no HTTP, for a sandbox that has no network of the broker's making. */
  readonly port?: number
  readonly endedAt: string | null
}

/** What the sealed placeholder is bound to, so that it cannot be moved to another grant. */
export function placeholderContext({ id, sandboxId }: Pick<Grant, 'id' | 'sandboxId'>): string {
  return `placeholder|${sandboxId}|${id}`
}
