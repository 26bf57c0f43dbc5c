import type { Home } from './home.ts'
import { readSources } from './read-sources.ts'

/** What the sources of a home, or of a file, need from whoever starts a broker or a sandbox. */
export interface SourceNeeds {
  /** Variables whose values the broker is to be given. */
  readonly variables: readonly string[]
  /** Absolute paths of files that are read and programs that are run. */
  readonly places: readonly string[]
}

/** Reads what sources need. @throws CoatcheckError `settings_invalid` */
export function readSourceNeeds(home: Home, sourcesFile?: string): SourceNeeds {
  const { described } = readSources(home, sourcesFile === undefined ? {} : { sourcesFile })
  return {
    variables: described.flatMap(({ source, options }) => source.variablesOf(options)),
    places: described.flatMap(({ source, options }) => source.placesOf(options)),
  }
}
