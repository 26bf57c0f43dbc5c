import type { Stage } from '../stage.ts'

/** A way in or out through which the values go, or a way in which that fails. */
export interface Door {
  /** A noun phrase. */
  readonly name: string
  /** Whether it is the same for every caller, so that one of them is enough; `here` where most is done without processes of their own. */
  readonly once?: true | 'here'
  /** Sends the values through, and lets the stage hear what comes of it. */
  walk(stage: Stage): Promise<void>
}
