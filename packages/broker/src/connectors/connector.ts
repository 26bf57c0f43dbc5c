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
  /** Where else the same login is good; numbered from one on in a wish to reach them. */
  readonly others: readonly ServicePlace[]
  /** What clients in the sandbox call the service. */
  readonly address: ServiceAddress
}

/** One place of a service, as its certificate is verified. */
export interface ServicePlace {
  readonly host: string
  /** Further roots, PEM. */
  readonly roots: string
  readonly isLocal: boolean
}

/** What a connector wants to reach its service for. */
export interface ReachWish {
  /**
   * `login`: a session that the secret opens. The others go without the secret. `cancel`: a word about another session. `greeting`: a
   * session on which the service speaks first. `state`: a question about the service that clients have before they log in.
   */
  readonly purpose: 'login' | 'cancel' | 'greeting' | 'state'
  /** The connection is open already, and only what to log in with is wanted. */
  readonly isOpen?: true
  /** Version of the secret that the service declined a moment ago. */
  readonly declined?: number
  /** Which of the other places is meant; the first one where it is absent or zero. */
  readonly place?: number
}

/** What to log in with. */
export interface Login {
  /** The secret; empty for a `cancel` and a `greeting`. To be overwritten once it was used. */
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

/** An open connection to the service, and what to log in with. */
export interface Reached extends Login {
  /** Nothing was read from it. */
  readonly socket: Socket
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
   * Asks for a connection to the service. SECURITY: only for a client that has shown the placeholder, or for what no word of
   * the client goes into; the broker judges anew, and writes its record, before it dials.
   * @throws ReachError
   */
  reach(wish: ReachWish): Promise<Reached>
  /**
   * Holds something under every cap that stands on the grant, before what it is held for is done. It counts until it is settled.
   * @throws ReachError
   */
  reserve(amounts: Amounts): Promise<HeldAmounts>
  /**
   * Asks for what to log in with on a connection that is open already. SECURITY: only for a client that has shown the placeholder; the
   * broker judges anew, and writes its record, before it hands anything out.
   * @throws ReachError
   */
  login(): Promise<Login>
  /** Says that something in the session was refused, for the journal. */
  refused(code: ProblemCode, note: string): void
  /** Tells what was said in the session, for the journal, where the scope asks for that. @param note without any value */
  said(note: string): void
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
  /** Whether it reserves for each deed of its sessions itself; otherwise what their connections carry is held for. */
  readonly reservesDeeds?: boolean
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
