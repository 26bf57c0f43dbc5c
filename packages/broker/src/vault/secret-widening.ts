import { widensRules } from './rule-widening.ts'
import { widens } from './scope-widening.ts'
import type { Secret } from './secret.ts'

/** What of a secret says how far it reaches. */
interface SecretReach {
  readonly scopes: Secret['scopes']
  readonly rules?: Secret['rules'] | undefined
}

/** Whether a change of a secret is one that only who knows its value may make. */
export function widensSecret(before: SecretReach, after: SecretReach): boolean {
  return widens(before.scopes, after.scopes) || widensRules(before.rules, after.rules)
}
