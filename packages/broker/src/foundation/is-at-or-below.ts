/** Whether a canonical name is one of these, or lies below one: how verifiers read the constraints of an authority. */
export function isAtOrBelow(names: readonly string[], host: string): boolean {
  return names.some((name) => host === name || host.endsWith(`.${name}`))
}
