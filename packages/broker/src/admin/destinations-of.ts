import type { Secret } from '../vault/secret.ts'

/** Where a secret may go, each destination once, for a note of the journal. */
export function destinationsOf({ scopes }: Pick<Secret, 'scopes'>): string {
  return [...new Set(scopes.map(({ to }) => to))].join(' ')
}
