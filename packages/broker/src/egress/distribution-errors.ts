import type { Problem } from '@coatcheck/contract'

/** Errors as a registry of images writes them. */
interface DistributionErrors {
  readonly errors: readonly [{ readonly code: string; readonly message: string; readonly detail: Problem }]
}

const codes: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHORIZED'],
  [429, 'TOOMANYREQUESTS'],
])

/**
 * A problem in the form that clients of registries read (error codes of the OCI Distribution Specification); others they show as an
 * answer that they could not read. `detail` is the problem itself.
 */
export function distributionErrors(problem: Problem): DistributionErrors {
  const { detail, remedy, status } = problem
  const code = codes.get(status) ?? 'DENIED'
  return { errors: [{ code, message: `${detail}. ${remedy}`, detail: problem }] }
}
