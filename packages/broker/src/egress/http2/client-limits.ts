import type { ServerSessionOptions } from 'node:http2'
import type { RateLimit } from '../../foundation/rate-limiter.ts'

/** What a client may do on one connection. SECURITY: each is a known way to make a server work for nothing. */
export interface ClientLimits {
  /** Streams that the client broke off, or that had to be broken off for a fault of its own (CVE-2023-44487, CVE-2025-8671, R-43). */
  readonly resets: RateLimit
  /** PING frames; each is answered. */
  readonly pings: RateLimit
  /** SETTINGS frames; each is answered. */
  readonly settings: RateLimit
  /** Requests under way in one sandbox, over all its connections. */
  readonly streams: number
  /** For the next request of a connection, in milliseconds. */
  readonly idleMs: number
  /** For anything to move while a request is under way, in milliseconds: services may say nothing for long while they work. */
  readonly silentMs: number
  /** How often a connection is looked at, for silence and for heads that nobody was told of, in milliseconds. */
  readonly everyMs: number
}

/** Well above what clients do that cancel many calls, or measure their connection. */
export const usualLimits: ClientLimits = {
  resets: { burst: 200, perSecond: 20 },
  pings: { burst: 100, perSecond: 10 },
  settings: { burst: 20, perSecond: 1 },
  streams: 1_024,
  idleMs: 120_000,
  silentMs: 3_600_000,
  everyMs: 1_000,
}

/**
 * Bytes of one request body that wait in memory, at most. No more than a client begins with (RFC 9113 §6.9.2), which is less
 * than sockets hold from their first byte on: libcurl 7.88.1 sends 64 KiB twice when its socket is full before the window is.
 */
const streamWindowBytes = 65_535

/** Bytes on the way on one connection; they are taken at once, and wait in the windows of their streams. */
export const connectionWindowBytes = 4 * 1024 * 1024

/** What Node watches over itself. A head is counted with 32 bytes for each field (RFC 9113 §6.5.2). */
export const clientSessionOptions: ServerSessionOptions = {
  // Above what is let through, so that a request with a few too many is answered and recorded.
  maxHeaderListPairs: 512,
  // A request that is none is broken off by Node, which says so only when there are more than these.
  maxSessionInvalidFrames: 8,
  maxSessionRejectedStreams: 100,
  maxSessionMemory: 16,
  settings: {
    enablePush: false,
    initialWindowSize: streamWindowBytes,
    maxConcurrentStreams: 100,
    maxHeaderListSize: 64 * 1024,
  },
}
