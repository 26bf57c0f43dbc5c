import type { GrantSetup } from './connector.ts'

/** What the sessions of one grant share, made for the first of them. */
export function perGrant<State>(make: (setup: GrantSetup) => State): (setup: GrantSetup) => State {
  const states = new WeakMap<GrantSetup, { readonly state: State }>()
  return (setup) => {
    const known = states.get(setup) ?? { state: make(setup) }
    states.set(setup, known)
    return known.state
  }
}
