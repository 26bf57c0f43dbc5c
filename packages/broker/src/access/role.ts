import type { TokenRole } from '@coatcheck/contract'

/** What each role covers. An issuer is no reader: it makes sandboxes, and learns nothing of rules and secrets. */
const covered: Readonly<Record<TokenRole, readonly TokenRole[]>> = {
  auditor: ['auditor'],
  issuer: ['issuer'],
  operator: ['auditor', 'issuer', 'operator'],
  owner: ['auditor', 'issuer', 'operator', 'owner'],
}

/** Every role, from the least to the most. */
export const roles = Object.keys(covered) as readonly TokenRole[]

/** Whether a role may do what asks for `needed`. */
export function roleCovers(role: TokenRole, needed: TokenRole): boolean {
  return covered[role].includes(needed)
}

/** Whether a text is the name of a role. */
export function isRole(text: string): text is TokenRole {
  return Object.hasOwn(covered, text)
}

/** What somebody may do who holds one role by the hand of another. Undefined where the two have nothing in common. */
export function commonRole(one: TokenRole, other: TokenRole): TokenRole | undefined {
  return [...roles].reverse().find((role) => roleCovers(one, role) && roleCovers(other, role))
}
