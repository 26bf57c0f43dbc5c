/** The middle value, or the mean of the two middle ones; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The median of the ratios of values that were measured in the same round; rounds that lack one of both are left out. */
export function pairedRatio(
  values: readonly (number | undefined)[],
  others: readonly (number | undefined)[],
): number | undefined {
  const ratios = values.flatMap((value, round) => {
    const other = others[round]
    return value === undefined || other === undefined || !(other > 0) ? [] : [value / other]
  })
  return median(ratios)
}

/** The same for what each adds to a third, e.g. to the latency of the direct way. */
export function pairedAddedRatio(
  values: readonly (number | undefined)[],
  others: readonly (number | undefined)[],
  bases: readonly (number | undefined)[],
): number | undefined {
  const added = (list: readonly (number | undefined)[]) =>
    list.map((value, round) => {
      const base = bases[round]
      return value === undefined || base === undefined ? undefined : value - base
    })
  return pairedRatio(added(values), added(others))
}
