/**
 * What a cap counts. `bytes` are those of bodies, in both directions; `usd` are US dollars; `errors` are requests that a service
 * failed at, did not answer, or was too busy for.
 */
export const capUnits = ['requests', 'bytes', 'usd', 'tokens', 'emails', 'errors'] as const

/** One of `capUnits`. */
export type CapUnit = (typeof capUnits)[number]

/** How long a cap counts before it begins anew; `total` never does. */
export const capWindows = ['minute', 'hour', 'day', 'month', 'total'] as const

/** One of `capWindows`. */
export type CapWindow = (typeof capWindows)[number]

/** What a cap stands on. */
export const capOwners = ['project', 'secret', 'sandbox', 'grant'] as const

/** One of `capOwners`. */
export type CapOwner = (typeof capOwners)[number]

/** How much may be used in a window; nothing gets past it. */
export interface Cap {
  readonly unit: CapUnit
  /** Dollars may have decimals; everything else is whole. */
  readonly limit: number
  /** Of the UTC calendar, unless it is `rolling`. */
  readonly window: CapWindow
  /** The window ends now instead of with the calendar; a month is 30 days then. */
  readonly rolling?: true
  /**
   * What one request counts where nobody can tell beforehand; such a request is refused where this is absent. Of `bytes`: the most
   * that one request may carry, a tenth of the limit when absent.
   */
  readonly perRequest?: number
  /**
   * A request that would get past it opens the circuit: everything under the cap is refused for the length of the window from then on,
   * also what would still fit. A cap on `errors` always does.
   */
  readonly breaker?: true
}

/** Body of `PUT /v1/caps/{on}` and `PUT /v1/caps/{on}/{id}`: all caps there from now on. */
export interface CapsUpdate {
  readonly caps: readonly Cap[]
}

/** What was used of one cap. */
export interface CapUsage {
  readonly on: CapOwner
  /** Id of the sandbox or grant, name of the secret, or the project. */
  readonly id: string
  readonly cap: Cap
  /** In short, e.g. `50usd/day`. */
  readonly text: string
  readonly used: number
  /** Held for requests that are under way, or whose end nobody saw. */
  readonly reserved: number
  /** When the present window ends, or, of a rolling one, when it next gets less; null where it never does. */
  readonly reset: string | null
  /** Until when its circuit is open; absent where it is not. */
  readonly openUntil?: string
}

/** Reply to `GET /v1/usage`. */
export interface UsageReport {
  readonly items: readonly CapUsage[]
}

/** A cap in short, as people write it: `50usd/day`, `100requests/rolling-hour`, `5usd/rolling-minute!`. */
export function capText({ unit, limit, window, rolling, breaker }: Cap): string {
  return `${limit}${unit}/${rolling === true ? 'rolling-' : ''}${window}${breaker === true ? '!' : ''}`
}

/** How a cap stands, for a person: `12.5 of 50usd/day used, 2 held, on the secret stripe`. */
export function capUsageText({ id, on, openUntil, reserved, text, used }: CapUsage): string {
  const held = reserved === 0 ? '' : `, ${reserved} held`
  const open = openUntil === undefined ? '' : `, circuit open until ${openUntil}`
  return `${used} of ${text} used${held}${open}, on the ${on} ${id}`
}
