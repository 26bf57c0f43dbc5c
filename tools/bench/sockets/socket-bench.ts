/** Who stands between client and service. */
export type ContenderName = 'direct' | 'pgbouncer' | 'coatcheck'

/** One way to a service. */
export interface Contender {
  /** Does the work for about so many seconds. @returns the figure, in the unit of its bench */
  measure(seconds: number): Promise<number>
  /** Whose processor time is told; absent for the direct way. */
  readonly pid?: number
}

/** One figure, and who is compared by it. */
export interface SocketBench {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly better: 'more' | 'less'
  /** Processor time is divided by what was done; where that cannot be counted in operations, none is told. */
  readonly countsOperations: boolean
  /** An error where a contender could not be prepared. */
  readonly contenders: ReadonlyMap<ContenderName, Contender | Error>
}

/** Benches of one protocol, over servers that are running. */
export interface PreparedProtocol extends AsyncDisposable {
  /** Programs that took part, with their versions. */
  readonly versions: readonly string[]
  readonly benches: readonly SocketBench[]
}
