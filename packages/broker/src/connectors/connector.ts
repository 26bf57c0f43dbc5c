import type { Socket } from 'node:net'
import type { InjectorSpec, ProblemCode } from '@coatcheck/contract'
import type { Amounts } from '../caps/amounts.ts'
import type { SocketScheme } from '../foundation/destination.ts'
import type { ShownLeaf } from '../sandbox/connection-door.ts'

/** What a connector knows of the grant that it serves, before anybody has logged in. No value of a secret is in it. */
export interface GrantSetup {
  readonly scheme: SocketScheme
  /** What clients log in with. */
  readonly placeholder: string
  /** The scope's options, as they were checked. */
  readonly inject: InjectorSpec
  readonly host: string
  /** Of the service. */
  readonly port: number
  /** Further roots for the service, PEM; empty where there are none. */
  readonly roots: string
  /** The scope pins the service to an address of this machine. */
  readonly isLocal: boolean
}

/** What a connector wants to reach its service for. */
export interface ReachWish {
  /** `login`: a session that the secret opens. `cancel`: a word about another session, without the secret. */
  readonly purpose: 'login' | 'cancel'
  /** Version of the secret that the service declined a moment ago. */
  readonly declined?: number
}

/** An open connection to the service, and what to log in with. */
export interface Reached {
  /** Nothing was read from it. */
  readonly socket: Socket
  /** The secret; empty for a `cancel`. To be overwritten once it was used. */
  readonly secret: Buffer
  readonly version: number
}

/** What the caps of a grant hold for one deed of a session. */
export interface HeldAmounts {
  /** The most bytes that it may have, where a cap counts them. */
  readonly maxBytes?: number
  /** Counts what it came to; what is not said counts as it was held. */
  settle(actual: Amounts): void
}

/** How far a session got, and why it is over. */
export interface SessionEnd {
  /** Absent where one of both sides ended it. */
  readonly code?: ProblemCode
  /** Short facts for a reader; never a text of the service. */
  readonly note?: string
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** One connection of a client, as a connector is given it. */
export interface ServedSession {
  readonly client: Socket
  readonly setup: GrantSetup
  /** What TLS with the client ends with; absent where there is none. */
  readonly leaf: ShownLeaf | undefined
  /** Aborted with a problem code when the session has to end at once. */
  readonly ending: AbortSignal
  /**
   * Asks for a connection to the service. SECURITY: only for a client that has shown the placeholder; the broker judges anew, and
   * writes its record, before it dials.
   * @throws ReachError
   */
  reach(wish: ReachWish): Promise<Reached>
  /**
   * Holds something under every cap that stands on the grant, before what it is held for is done. It counts until it is settled.
   * @throws ReachError
   */
  reserve(amounts: Amounts): Promise<HeldAmounts>
  /** Says that something in the session was refused, for the journal. */
  refused(code: ProblemCode, note: string): void
}

/** Why the broker reached nothing, or held nothing. */
export class ReachError extends Error {
  readonly code: ProblemCode

  constructor(code: ProblemCode) {
    super(code)
    this.code = code
  }
}

/** Where inside a sandbox a service is reached through its grant. */
export interface ServiceAddress {
  readonly host: string
  readonly port: number
}

/** One protocol that is no HTTP. One folder each in `connectors/`. */
export interface Connector {
  readonly scheme: SocketScheme
  /** Whether clients find the service by its own name too, as they do where files of theirs name it. */
  readonly keepsOwnName?: boolean
  /**
   * The variables that lead stock clients to the service.
   * @param env the variable that the secret was asked for under
   * @param database what the scope says, if it does
   */
  variables(
    env: string,
    placeholder: string,
    address: ServiceAddress,
    database: string | null,
  ): Readonly<Record<string, string>>
  /** Serves one client until one side is gone. Closes both connections. Never rejects for what a side says. */
  serve(session: ServedSession): Promise<SessionEnd>
}
