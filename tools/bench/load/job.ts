import type { Route } from './route.ts'

/** One kind of request and answer: 300 bytes of JSON, a mebibyte of it, both also without a credential, and in requests of which none is like another; bodies down, a body up. */
export type ExchangeName =
  | 'small'
  | 'small-open'
  | 'small-new'
  | 'text-1-mib'
  | 'text-1-mib-open'
  | 'down-1-mib'
  | 'down-100-mib'
  | 'up-8-mib'

/** What a loader is to do. */
export type Job =
  /** A closed loop on connections that are kept open. */
  | { readonly kind: 'requests'; readonly route: Route; readonly exchange: ExchangeName; readonly connections: number }
  /** The same with small answers over HTTP/2, so many streams at a time on each connection. */
  | { readonly kind: 'streams'; readonly route: Route; readonly connections: number; readonly streams: number }
  /** Event streams, as the origin sends them. */
  | { readonly kind: 'events'; readonly route: Route; readonly streams: number }
  /** New connections with one request each, one at a time. */
  | { readonly kind: 'tunnels'; readonly route: Route; readonly resume: boolean }
  /** Handshakes, one at a time: for names that nobody asked for yet, or for one and the same name. */
  | { readonly kind: 'handshakes'; readonly route: Route; readonly names: 'new' | 'same' }
  /** Connections that had one request each, and stay open without another. */
  | { readonly kind: 'idle'; readonly route: Route }

/** How much is done: until one of both is reached. */
export interface Amount {
  readonly count?: number
  readonly durationMs?: number
}

/** What was done. */
export interface LoadResult {
  /** Exchanges, events, connections or handshakes that were right. */
  readonly completed: number
  /** What was not; one is too many. */
  readonly errors: number
  /** What was wrong first. */
  readonly firstError?: string
  /** Bytes of bodies. */
  readonly bytes: number
  readonly elapsedMs: number
  readonly p50Us?: number
  readonly p99Us?: number
  /** Handshakes that resumed a session. */
  readonly resumed?: number
}

/** A job under way. */
export interface Load {
  /** Makes ready what was closed since, or never opened. */
  prepare(): Promise<void>
  run(amount: Amount): Promise<LoadResult>
  close(): void
}
