/** What a lane to a service has, whatever its connections speak. */
export interface KeptLane {
  readonly sandboxId: string
  /** When an exchange last had a connection of it, monotonic, in milliseconds. */
  usedAtMs: number
}

/** What has to be done with lanes. */
export interface LaneCare<Lane> {
  /** Closes all that is kept on it. */
  close(lane: Lane): void
  /** Closes what was idle for too long. @returns whether anything is left to be kept */
  tidy(lane: Lane): boolean
}

/** Lanes of the whole process. */
const maxLanes = 1_024

/** Services commonly keep an idle connection for a minute or more; none is kept for longer than this, in milliseconds. */
export const longestIdleMs = 50_000

/** Lanes by their key. Those of a sandbox end with it, and where there are too many the one longest unused gives way. */
export class LaneTable<Lane extends KeptLane> {
  readonly #care: LaneCare<Lane>
  readonly #lanes = new Map<string, Lane>()
  #sweep: NodeJS.Timeout | undefined

  constructor(care: LaneCare<Lane>) {
    this.#care = care
  }

  get(key: string): Lane | undefined {
    return this.#lanes.get(key)
  }

  add(key: string, lane: Lane): void {
    if (this.#lanes.size >= maxLanes) this.#dropUnused()
    this.#lanes.set(key, lane)
    this.#sweep ??= setInterval(() => this.#tidy(), longestIdleMs / 2).unref()
  }

  /** Closes the lanes of a sandbox. */
  forget(sandboxId: string): void {
    for (const [key, lane] of this.#lanes) if (lane.sandboxId === sandboxId) this.#drop(key, lane)
  }

  #dropUnused(): void {
    let unused: readonly [string, Lane] | undefined
    for (const entry of this.#lanes) if (unused === undefined || entry[1].usedAtMs < unused[1].usedAtMs) unused = entry
    if (unused !== undefined) this.#drop(...unused)
  }

  #drop(key: string, lane: Lane): void {
    this.#lanes.delete(key)
    this.#care.close(lane)
  }

  #tidy(): void {
    for (const [key, lane] of this.#lanes) if (!this.#care.tidy(lane)) this.#lanes.delete(key)
    if (this.#lanes.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }
}
