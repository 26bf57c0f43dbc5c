import type { NetworkRule } from '@coatcheck/contract'
import type { Profile } from '../policy/profile.ts'

/** The thing that holds placeholders and sends requests, as an authority row holds it. */
export interface Sandbox {
  readonly id: string
  readonly project: string
  readonly name: string
  /** Name of the profile that it was made from. */
  readonly profile: string
  /** What that profile said of the network then; it is a part of `allow` and `deny`, and no change of the sandbox takes it away. */
  readonly fromProfile: Profile['network']
  readonly fence: 'kernel' | 'none'
  /** Who asked for it: `owner`, or the id of a token. */
  readonly createdBy: string
  /** Mark of the broker process that holds its way out. */
  readonly holder: string
  /** SHA-256 of the sandbox token, hex. */
  readonly tokenHash: string
  readonly allow: readonly NetworkRule[]
  readonly deny: readonly string[]
  /** CIDR blocks from which the token is good, as whoever registered the sandbox gave them. */
  readonly from: readonly string[]
  /** Where `from` is empty: the first address that showed the token, and the only one from then on. */
  readonly boundTo: string | null
  /** Key and certificate of a registered sandbox's authority, encrypted under a key of the key ring, base64. */
  readonly authoritySealed: string | null
  /** Names that verifiers hold its authority to, with what lies below them; null where they do not. */
  readonly caNames: readonly string[] | null
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly expiresAt: string
  /** Instant that no renewal goes past. */
  readonly endsBy: string | null
  readonly endedAt: string | null
}

/** What the sealed certificate authority is bound to, so that no other sandbox can borrow it. */
export function authorityContext({ id }: Pick<Sandbox, 'id'>): string {
  return `sandbox-authority|${id}`
}
