import { decideNew, decideRules, decideSmall } from './decide-scenario.ts'
import { events } from './event-scenario.ts'
import { firstHost } from './first-host-scenario.ts'
import { idleFew, idleMany } from './idle-scenario.ts'
import { down1, down100, h2, latency, small, up8 } from './request-scenario.ts'
import type { Scenario } from './scenario.ts'
import { searchSmall, searchText } from './search-scenario.ts'
import { start } from './start-scenario.ts'
import { tunnelsFull, tunnelsResumed } from './tunnel-scenario.ts'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  small,
  latency,
  h2,
  down1,
  down100,
  up8,
  searchSmall,
  searchText,
  events,
  tunnelsFull,
  tunnelsResumed,
  firstHost,
  idleFew,
  idleMany,
  start,
  // Last: what it registers stays in the home of the broker.
  decideRules,
  decideSmall,
  decideNew,
]
