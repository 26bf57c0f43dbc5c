/** Schemes of services that speak no HTTP, with their usual ports. */
export const socketPorts = { mongodb: 27017, mysql: 3306, postgres: 5432, redis: 6379, smtp: 587, ssh: 22 } as const

/** The protocol of a connection that a connector logs in on. */
export type SocketScheme = keyof typeof socketPorts

const ports: Readonly<Record<Destination['scheme'], number>> = { https: 443, http: 80, ...socketPorts }

/** The port of a scheme where none is written. */
export function usualPort(scheme: Destination['scheme']): number {
  return ports[scheme]
}

/** Whether a scheme is one that connectors speak. */
export function isSocketScheme(scheme: string): scheme is SocketScheme {
  return Object.hasOwn(socketPorts, scheme)
}

/** The one canonical form of where a request goes. Policy, injection, dial, TLS name and audit use only this. */
export interface Destination {
  readonly scheme: 'https' | 'http' | SocketScheme
  /** Lower-case ASCII name without a trailing dot; never an address literal. */
  readonly host: string
  readonly port: number
}

/** Whether two destinations are one. */
export function isDestination(one: Destination, other: Destination): boolean {
  return one === other || (one.host === other.host && one.port === other.port && one.scheme === other.scheme)
}

/** A destination as text, `https://api.example.com` or with the port when it is not the scheme's own. */
export function formatDestination(destination: Destination): string {
  return `${destination.scheme}://${formatAuthority(destination)}`
}

/** A destination as a Host field names it: with the port only when it is not the scheme's own. */
export function formatAuthority({ scheme, host, port }: Destination): string {
  return port === usualPort(scheme) ? host : `${host}:${port}`
}
