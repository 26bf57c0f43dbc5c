import type { TokenRole } from '@coatcheck/contract'

const ranks: Readonly<Record<TokenRole, number>> = { viewer: 1, operator: 2, admin: 3 }

/** Whether a role may do what asks for `needed`. */
export function roleCovers(role: TokenRole, needed: TokenRole): boolean {
  return ranks[role] >= ranks[needed]
}

/** Whether a text is the name of a role. */
export function isRole(text: string): text is TokenRole {
  return Object.hasOwn(ranks, text)
}
