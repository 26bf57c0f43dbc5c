import { isIP } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import { parseCidrBlock } from './cidr-block.ts'

/** Where a door for others than the owner of the home listens, and how it speaks. */
export interface DoorAddress {
  /** Plain address. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** PEM texts. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** How clients elsewhere call it. */
  readonly publicUrl?: string
  /** SOCKS5 is served in clear text too, off loopback, to sandboxes that said beforehand where they call from. */
  readonly socksClear?: boolean
  /** Where connections come in that speak no HTTP, each grant's on a port of its own between these. */
  readonly connections?: { readonly host: string; readonly ports?: readonly [number, number] }
}

const loopbackBlocks = ['127.0.0.0/8', '::1'].map((text) => parseCidrBlock(text)!)

/** Whether nobody but this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return loopbackBlocks.some((block) => block.contains(host))
}

/** How clients call a door that listens on this port, without a slash at its end. */
export function doorUrl({ host, tls, publicUrl }: DoorAddress, port: number): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '')
  return `${tls === undefined ? 'http' : 'https'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** What is said of a door that cannot be opened. */
export function listenFailed({ host, port }: Pick<DoorAddress, 'host' | 'port'>, cause: unknown): CoatcheckError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'it cannot be opened'
  const why = reason === 'EADDRINUSE' ? 'another program listens there' : reason
  return new CoatcheckError('listen_failed', { address: `${host}:${port}`, reason: why }, { cause })
}
