/** Body of `POST /v1/lockdown`: exactly one of these says what ends. */
export interface LockdownTarget {
  /** Every sandbox of the project. */
  readonly all?: true
  /** Id of a sandbox. */
  readonly sandbox?: string
  /** Name of a secret: its grants end on every sandbox, the sandboxes go on. */
  readonly secret?: string
  /** `key=value`: every sandbox with this label, and every virtual key whose whole label that is. */
  readonly label?: string
}

/** Reply to `POST /v1/lockdown`: how much of each was alive and has ended. */
export interface LockdownReport {
  readonly sandboxes: number
  readonly grants: number
}
