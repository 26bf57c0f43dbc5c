import type { ReachCall } from '@coatcheck/contract'

/** Whether every host of the one pattern, exact or `*.suffix`, is one of the other. */
export function coversHost(outer: string, inner: string): boolean {
  if (outer === inner) return true
  return outer.startsWith('*.') && inner.replace(/^\*/, '').endsWith(outer.slice(1)) && inner.length > outer.length - 1
}

/** Hosts that both have; empty where there are none. */
export function meetHosts(one: ReachCall['hosts'], other: ReachCall['hosts']): ReachCall['hosts'] {
  if (one === 'any') return other
  if (other === 'any') return one
  const both = one.flatMap((host) =>
    other.flatMap((opposite) => {
      if (coversHost(host, opposite)) return [opposite]
      return coversHost(opposite, host) ? [host] : []
    }),
  )
  return [...new Set(both)]
}
