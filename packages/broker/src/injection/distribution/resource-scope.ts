/** What a client asks a token service for, e.g. `repository:acme/shop:pull,push`, as the scope documentation of Distribution has it. */
export interface ResourceScope {
  /** With its class where it has one, e.g. `repository(plugin)`. */
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** The name may hold a colon, where it begins with a host and its port. */
const form = /^([a-z0-9]+(?:\([a-z0-9]+\))?):([A-Za-z0-9._:/-]+):((?:[a-z_]+|\*)(?:,(?:[a-z_]+|\*))*)$/

/** Reads a scope; undefined for what is none, or whose name could be read as another one. */
export function parseResourceScope(text: string): ResourceScope | undefined {
  const [, type, name, actions] = form.exec(text) ?? []
  if (type === undefined || name === undefined || actions === undefined) return undefined
  // SECURITY: one spelling for each repository, so that patterns are compared with what the service sees.
  if (name.split('/').some((segment) => /^\.{0,2}$/.test(segment))) return undefined
  return { type, name, actions: actions.split(',') }
}
