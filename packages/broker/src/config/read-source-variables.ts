import type { Home } from './home.ts'
import { readSources, variablesOf } from './read-sources.ts'

/** Names of the variables that the sources of a home, or of a file, are to be given the values of. @throws CoatcheckError `settings_invalid` */
export function readSourceVariables(home: Home, sourcesFile: string | undefined): readonly string[] {
  return variablesOf(readSources(home, sourcesFile === undefined ? {} : { sourcesFile }))
}
