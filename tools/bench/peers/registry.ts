import { caddy } from './caddy.ts'
import { own, reference } from './coatcheck.ts'
import { direct } from './direct.ts'
import { haproxy } from './haproxy.ts'
import { mitmproxy } from './mitmproxy.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'
import { squid } from './squid.ts'

/** Everyone who can take part, in the order of the tables. */
export const peers: readonly Peer[] = [direct, own, reference, nginx, haproxy, caddy, squid, mitmproxy]
