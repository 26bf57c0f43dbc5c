/** Where a broker has ports for grants of sandboxes that have no network of its making. */
export interface PortPlace {
  /** Plain address that they listen on. */
  readonly host: string
  /** How sandboxes call that. */
  readonly name: string
  /** First and last port of those that may be taken. */
  readonly ports: readonly [number, number]
  /** Sandboxes of an earlier process find the broker where they found that one. */
  readonly isKept: boolean
}
