import type { Secret } from './secret.ts'

const dayMs = 24 * 60 * 60 * 1000

/** When a secret should have another value, RFC 3339; null when nobody asked for that. */
export function rotationDue({ rotationDays, rotatedAt }: Pick<Secret, 'rotationDays' | 'rotatedAt'>): string | null {
  return rotationDays === null ? null : new Date(Date.parse(rotatedAt) + rotationDays * dayMs).toISOString()
}

/** How many of these secrets should have had another value by `now`, and how many have one on trial. */
export function countRotations(
  secrets: readonly Secret[],
  now: Date,
): { readonly due: number; readonly staged: number } {
  const due = secrets.map(rotationDue).filter((each) => each !== null && new Date(each) <= now).length
  return { due, staged: secrets.filter(({ staged }) => staged !== undefined).length }
}
