import type { TokenRole } from '@coatcheck/contract'

/** A member of a project as it is kept. */
export interface Member {
  readonly project: string
  readonly name: string
  readonly role: TokenRole
  readonly createdAt: string
}
