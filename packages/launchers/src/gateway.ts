import type { Socket as DatagramSocket } from 'node:dgram'
import type { Server } from 'node:net'

/** Who the sandbox's processes run as on the host. Never 0. */
export interface HostIdentity {
  readonly uid: number
  readonly gid: number
}

/** What a gateway is asked to offer. */
export interface GatewaySpec {
  /** TCP ports to listen on, on every address that a sandbox may dial. */
  readonly ports: readonly number[]
  /** Required when the broker runs as root; must be absent otherwise. */
  readonly runAs?: HostIdentity
}

/**
 * A network namespace with no uplink whose listeners belong to the broker. Whatever address a program in the sandbox
 * dials, the connection arrives at one of these listeners, and `socket.localAddress` is the address that was dialled.
 * The listener that accepted is the sandbox's identity.
 */
export interface Gateway {
  /** Process whose user and network namespaces the sandbox joins. */
  readonly pid: number
  /** One listener per port of the spec. */
  readonly listeners: ReadonlyMap<number, Server>
  /** Where the sandbox's DNS questions arrive over UDP, on port 53. */
  readonly dnsDatagrams: DatagramSocket
  /** The same over TCP. */
  readonly dnsStreams: Server
  /** Address of the sandbox's resolver, as written in its `/etc/resolv.conf`. */
  readonly resolverAddress: string
  /** Network that names are given their synthetic addresses from, in CIDR form. */
  readonly syntheticNetwork: string
  /** Resolves when the namespace is gone, whatever ended it. */
  readonly closed: Promise<void>
  /** Ends the namespace and every process in it. Safe to call twice. */
  close(): Promise<void>
}
