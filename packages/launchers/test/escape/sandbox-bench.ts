/** How a command in a sandbox ended. */
export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What reached the broker's side of a sandbox. */
export interface Arrival {
  readonly protocol: 'tcp' | 'udp'
  /** Port that was dialled. */
  readonly port: number
  /** Address that was dialled. */
  readonly address: string
}

/**
 * A sandbox under attack, and the world around it. The cases know nothing else, so they hold against a stand-in for the
 * broker and against the real one alike.
 */
export interface SandboxBench {
  /** A name that the sandbox's resolver knows, with a service on port 80 that answers. */
  readonly knownName: string
  /** TCP ports that the gateway listens on. */
  readonly ports: readonly number[]
  /** Addresses of the host on which services run that the sandbox must not reach. */
  readonly outside: OutsideServices
  /** Paths and texts of the host that must not be seen inside. */
  readonly hidden: { readonly paths: readonly string[]; readonly texts: readonly string[] }
  /** Runs a command in the sandbox, to its end. */
  run(command: readonly [string, ...string[]]): Promise<Finished>
}

/** Services on loopback that stand for everything that is not the broker. */
export interface OutsideServices {
  readonly addresses: readonly string[]
  readonly tcpPorts: readonly number[]
  readonly udpPorts: readonly number[]
  /** Everything that has reached them. */
  readonly hits: readonly Arrival[]
}

/** One line of the escape list. */
export interface EscapeCase {
  /** Number in the list of tests that every launcher must pass. */
  readonly item: number
  readonly name: string
  run(bench: SandboxBench): Promise<void>
}
