import type { Stage } from '../stage.ts'

/** A way in or out through which the values go, or a way in which that fails. */
export interface Door {
  /** A noun phrase. */
  readonly name: string
  /** Sends the values through, and lets the stage hear what comes of it. */
  walk(stage: Stage): Promise<void>
}
