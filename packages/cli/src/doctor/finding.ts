/** What a check found. `failed` makes `doctor` end with an error; `warning` does not. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  /** One sentence for a person. */
  readonly says: string
  /** What to do, where something can be done. */
  readonly remedy?: string
}

/** Builds a finding. */
export function finding(check: string, status: Finding['status'], says: string, remedy?: string): Finding {
  return { check, status, says, ...(remedy === undefined ? {} : { remedy }) }
}
