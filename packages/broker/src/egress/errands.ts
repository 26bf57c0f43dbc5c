import type { RequestHead } from '../injection/request-head.ts'
import type { Attachment } from './exchange.ts'
import type { RoutedGrant } from './routes.ts'

/**
 * Fetches what decisions are made from, where that lies in another thread. Each answer is undefined where nothing is to be
 * waited for. None rejects: what could not be fetched is refused by whoever is asked for it then.
 */
export interface Errands {
  /** Finds out what has changed up to this moment, and brings up to date what `RouteTable.routesOf` says of a sandbox. */
  look(sandboxId: string): Promise<void> | undefined
  /** Like `look`, as of a moment ago, and fetches what `PlaceholderLookup` is asked about a head. */
  prepare(sandboxId: string, head?: RequestHead): Promise<void> | undefined
  /** Fetches the values that the `reveal` stage will ask for. */
  fetchValues(attachments: readonly Attachment[]): Promise<void> | undefined
  /** Says that a service did not take a value that a source gave: it is fetched anew when it is used next. */
  dismissValue(grant: RoutedGrant): void
}
