/** The services of the bench: answers of fixed bodies, what the origin must think about, and any number of names. */
export type ServiceName = 'api' | 'stream' | 'many'

/** Where one service is reached by a route. */
export interface Target {
  /** Name in TLS. */
  readonly host: string
  /** What `Host` says. */
  readonly hostField: string
  /** Port to connect to on 127.0.0.1. */
  readonly port: number
  /** Asked for by CONNECT, where the route has one. */
  readonly authority: string
}

/** A way from the loader to the origin. */
export interface Route {
  readonly targets: Readonly<Record<ServiceName, Target>>
  /** What the loader trusts, PEM. */
  readonly ca: string
  /** Sent as Bearer. */
  readonly credential: string
  /** Present where a tunnel is opened by CONNECT first. */
  readonly connect?: { readonly authorization?: string }
  /** Address of 127.0.0.0/8 that the client calls from; the usual one when absent. */
  readonly from?: string
  /** The same way for others, where the peer gives each client room for so many connections only. */
  readonly others?: readonly Route[]
}
