/** Variable in which the entry hands on, as data, what it took out of the environment. */
const setAsideName = 'COATCHECK_SET_ASIDE'

/** The environment as the person had it, before the entry cleaned it. Only for what a sandbox may be given. */
export function userEnvironment(environment: Readonly<NodeJS.ProcessEnv>): Readonly<Record<string, string>> {
  const { [setAsideName]: setAside = '{}', ...rest } = environment
  const all: Record<string, unknown> = { ...rest, ...(JSON.parse(setAside) as Record<string, unknown>) }
  const texts = Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}
