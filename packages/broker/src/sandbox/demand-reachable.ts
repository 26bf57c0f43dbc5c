import { CoatcheckError, type Scope } from '@coatcheck/contract'
import { coversHosts } from '../vault/destination-cover.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * Refuses a secret of which every destination is denied: its placeholder would be good for nothing (AC-8.5).
 * @throws CoatcheckError `secret_unreachable`
 */
export function demandReachable({ deny }: Pick<Sandbox, 'deny'>, variable: string, scopes: readonly Scope[]): void {
  const rules = scopes.map(({ to }) => denyingRule(to, deny))
  const [rule] = rules
  if (rule === undefined || rules.includes(undefined)) return
  throw new CoatcheckError('secret_unreachable', { variable, rule })
}

/** The deny rule that leaves nothing of a destination, if there is one. */
export function denyingRule(to: string, deny: readonly string[]): string | undefined {
  return deny.find((rule) => rule === '*' || (to !== '*' && coversHosts(rule, to)))
}
