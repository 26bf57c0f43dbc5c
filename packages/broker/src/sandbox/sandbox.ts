import type { NetworkRule } from '@coatcheck/contract'

/** The thing that holds placeholders and sends requests, as an authority row holds it. */
export interface Sandbox {
  readonly id: string
  readonly project: string
  readonly name: string
  readonly profile: string
  readonly fence: 'kernel' | 'none'
  /** Mark of the broker process that holds its way out. */
  readonly holder: string
  /** SHA-256 of the sandbox token, hex. */
  readonly tokenHash: string
  readonly allow: readonly NetworkRule[]
  readonly deny: readonly string[]
  /** CIDR blocks from which the token is good; empty until the first address has shown it. */
  readonly from: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly expiresAt: string
  readonly endedAt: string | null
}
