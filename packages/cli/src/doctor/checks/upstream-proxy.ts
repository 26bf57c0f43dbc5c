import type { Checkup } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

/** Who checks the addresses of services. */
export function checkUpstreamProxy({ upstreamProxy }: Pick<Checkup, 'upstreamProxy'>): readonly Finding[] {
  if (upstreamProxy === null) return []
  const says = `names are resolved by the proxy ${upstreamProxy}: the check of addresses is the proxy’s`
  return [finding('upstream proxy', 'warning', says, 'Let the proxy refuse private and link-local addresses.')]
}
