import type { Route, ServiceName, Target } from '../load/route.ts'
import type { Command } from '../measure/pinned.ts'

/** Who may stand in the middle. */
export type PeerName = 'direct' | 'own' | 'reference' | 'nginx' | 'haproxy' | 'caddy' | 'squid' | 'mitmproxy'

/** What all peers are made for: the origin, and who trusts whom. */
export interface Ground {
  /** A folder of the bench’s own, removed at its end. Others may pass through it. */
  readonly folder: string
  /** The `coatcheck` command that is measured, a script for Node. */
  readonly product: string
  /** Names of the services. */
  readonly hosts: Readonly<Record<ServiceName, string>>
  /** Ports of the origin on 127.0.0.1. */
  readonly ports: Readonly<Record<ServiceName, number>>
  /** The authority of the origin, PEM, and the same in a file. */
  readonly root: string
  readonly rootFile: string
  /** A certificate for every name of the services, for peers that are a TLS front, as files. */
  readonly frontCertificateFile: string
  readonly frontKeyFile: string
  /** What the origin answers to. */
  readonly credential: string
  /** What clients send, and peers that are no broker swap. */
  readonly placeholder: string
}

/** A peer that can be started. */
export interface PreparedPeer {
  /** Absent for the direct way. */
  readonly start?: { readonly command: Command; readonly port: number }
  readonly route: Route
  /** While it runs: ways in for two sandboxes of 100 grants, of which one has ten rules on each. Absent where there are no rules. */
  readonly ruledRoutes?: () => Promise<{ readonly ruled: Route; readonly empty: Route }>
}

/** A program that can stand between the loader and the origin. */
export interface Peer {
  readonly name: PeerName
  /** For people. */
  readonly title: string
  /** What the tables say beside its name; undefined where it is not installed. */
  version(ground: Ground): Promise<string | undefined>
  prepare(ground: Ground): Promise<PreparedPeer>
}

/** The targets of a route on which every service has the same port; `real` where the peer looks up the origin's port itself. */
export function targetsAt(
  { hosts, ports }: Ground,
  port: number,
  authorityPort: 'real' | 443 = 443,
): Readonly<Record<ServiceName, Target>> {
  const target = (name: ServiceName): Target => {
    const host = hosts[name]
    const authority = `${host}:${authorityPort === 'real' ? ports[name] : authorityPort}`
    return { host, port, hostField: authorityPort === 'real' ? authority : host, authority }
  }
  return { api: target('api'), stream: target('stream'), many: target('many') }
}
