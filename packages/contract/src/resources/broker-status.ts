/** Reply to `GET /v1/status`, in every state of the vault. */
export interface BrokerStatus {
  readonly version: string
  readonly vault: 'unlocked' | 'locked' | 'rolled-back'
  readonly secrets: number
  readonly sandboxes: number
  readonly journal: 'ok' | 'failing'
  readonly startedAt: string
}
