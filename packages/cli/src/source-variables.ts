import { existsSync } from 'node:fs'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { userEnvironment } from './user-environment.ts'

/**
 * What a broker is handed for its sources of the environment. SECURITY: SEC-05. They go through its standard input, once; the environment
 * of a broker is an allow list, and none of them is on it.
 * @throws CoatcheckError `settings_invalid`
 */
export async function sourceVariables(
  home: Home,
  sourcesFile: string | undefined,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<{ readonly sourceVariables?: Readonly<Record<string, string>> }> {
  if (sourcesFile === undefined && !existsSync(homePaths(home).sources)) return {}
  const { readSourceNeeds } = await import('@coatcheck/broker/offline')
  const known = userEnvironment(environment)
  const names = readSourceNeeds(home, sourcesFile).variables.filter((name) => Object.hasOwn(known, name))
  return { sourceVariables: Object.fromEntries(names.map((name) => [name, known[name]!])) }
}
