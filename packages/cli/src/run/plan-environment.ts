import type { SandboxCreate } from '@coatcheck/contract'
import { type ChildEnvironment, childEnvironment } from './child-environment.ts'
import { type FoundCredentials, findCredentials } from './find-credentials.ts'
import type { RunOptions } from './run-options.ts'

/** Which variables of a caller a run takes, and what becomes of them. */
export interface EnvironmentPlan {
  /** What the sandbox is asked to protect. */
  readonly wishes: Required<Pick<SandboxCreate, 'secrets' | 'credentials' | 'baseUrls'>>
  /** Keys of known providers that stay outside, each with the reason. */
  readonly leftOut: FoundCredentials['leftOut']
  /** Variables that are handed on as they are. */
  readonly passed: readonly string[]
  /** The environment inside, once the placeholders are there. */
  complete(placeholders: Readonly<Record<string, string>>): ChildEnvironment
}

/**
 * Decides about every variable of the caller's environment before a sandbox exists.
 * @throws CoatcheckError `request_invalid` for a wish that cannot be granted
 */
export function planEnvironment(user: Readonly<Record<string, string>>, options: RunOptions): EnvironmentPlan {
  const { secret = {}, pass = [], env: set = {}, detect } = options
  const taken = [...Object.keys(secret), ...pass, ...Object.keys(set)]
  const found = findCredentials(user, taken, set)
  const credentials = detect ? found.credentials : {}
  const passed = [...pass, ...(detect ? found.companions : [])]
  const complete = (placeholders: Readonly<Record<string, string>>) =>
    childEnvironment(user, { pass: passed, set, placeholders })
  complete(Object.fromEntries([...Object.keys(secret), ...Object.keys(credentials)].map((name) => [name, ''])))
  return {
    wishes: { secrets: secret, credentials, baseUrls: detect ? found.baseUrls : {} },
    leftOut: found.leftOut,
    passed,
    complete,
  }
}
