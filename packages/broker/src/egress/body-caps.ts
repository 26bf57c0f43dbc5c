/**
 * Longest bodies that are carried, in bytes as they travel, without framing. What comes behind a change of protocol, and in
 * tunnels, is no body.
 */
export interface BodyCaps {
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
}

/** As long as they like. */
export const noBodyCaps: BodyCaps = {
  maxRequestBytes: Number.POSITIVE_INFINITY,
  maxResponseBytes: Number.POSITIVE_INFINITY,
}
