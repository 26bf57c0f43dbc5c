/** A listener for others than the owner of the home. */
export interface DoorStatus {
  readonly name: 'api' | 'proxy'
  /** How clients call it. */
  readonly url: string
}

/** Reply to `GET /v1/status`, in every state of the vault. */
export interface BrokerStatus {
  readonly version: string
  readonly vault: 'unlocked' | 'locked' | 'rolled-back'
  readonly secrets: number
  readonly sandboxes: number
  readonly journal: 'ok' | 'failing'
  readonly startedAt: string
  /** Unexpected errors since then; each has denied what it came up in, and stands in the broker's log. */
  readonly faults: number
  /** Whether every listener takes connections: one is closed, or no descriptor is left for another connection. */
  readonly listeners: 'ok' | 'closed' | 'starved'
  /** Absent where one thread carries everything. */
  readonly workers?: WorkersStatus
  /** Empty when only the Unix socket is open. */
  readonly doors: readonly DoorStatus[]
}

/** The threads that carry the traffic of registered sandboxes. */
export interface WorkersStatus {
  readonly count: number
  /** Those that listen; fewer than `count` while one is being started again. */
  readonly running: number
  /** How often one was started again since the broker began. */
  readonly restarts: number
}
