/** The one canonical form of where a request goes. Policy, injection, dial, TLS name and audit use only this. */
export interface Destination {
  readonly scheme: 'https' | 'http'
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
  const usual = scheme === 'https' ? 443 : 80
  return port === usual ? host : `${host}:${port}`
}
