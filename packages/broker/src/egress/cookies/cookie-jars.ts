import { formatDestination } from '../../foundation/destination.ts'
import type { CookiePair } from '../../injection/cookie-pairs.ts'
import type { Exchange, Lane } from '../exchange.ts'
import { CookieJar, type CookieOrigin } from './cookie-jar.ts'
import { parseSetCookie } from './set-cookie.ts'

/** Whose cookies these are: what the grants of a sandbox were given at one destination. */
export interface CookieOwner {
  readonly sandboxId: string
  readonly grantIds: readonly string[]
  readonly destination: string
  /** The lane of the request, which names the versions of the secrets, too. */
  readonly lane: string
}

/** A cookie that came, with all that has to be known to keep it; plain data. */
export interface ReceivedCookie {
  readonly owner: CookieOwner
  readonly origin: CookieOrigin
  /** Value of the `Set-Cookie` field. */
  readonly field: string
}

/** What jars need from the rest of the thread. */
export interface CookieJarsParts {
  readonly now: () => Date
  /** Tells the other threads; resolves when they know. Absent where there are none. Never rejects. */
  share?(received: ReceivedCookie): Promise<void>
}

/** Jars of one sandbox; the one that was opened first gives way. */
const maxJars = 64

interface Place {
  readonly owner: CookieOwner
  readonly jar: CookieJar
}

/**
 * Cookies that services set on requests with secrets, in memory. SECURITY: a session is as good as the secret that it was opened with,
 * so its cookie goes only with requests that the same grants are used on, in the same versions, to the same destination, and never
 * inside.
 */
export class CookieJars {
  readonly #parts: CookieJarsParts
  readonly #places = new Map<string, Map<string, Place>>()
  readonly #sharing = new Map<string, Promise<void>>()

  constructor(parts: CookieJarsParts) {
    this.#parts = parts
  }

  /** Nobody has any cookie. */
  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /** The cookies that go with a request; none for one that carries no secret. */
  pairsFor(exchange: CookieAsker, lane: Lane): readonly CookiePair[] {
    const places = this.#places.get(lane.sandboxId)
    if (places === undefined || exchange.attachments.length === 0) return []
    const owner = ownerOf(exchange, lane)
    const key = keyOf(owner)
    const place = places.get(key)
    if (place === undefined) return []
    if (place.owner.lane !== owner.lane) {
      // SECURITY: what was opened with a value that is no longer the present one is over.
      this.#drop(lane.sandboxId, key)
      return []
    }
    return place.jar.pairsFor(exchange.head.path, this.#parts.now().getTime())
  }

  /** Makes what takes the cookies of responses to one request. */
  keeper(exchange: CookieAsker, lane: Lane): (field: string) => void {
    const { scheme, host } = exchange.arrival.destination
    const owner = ownerOf(exchange, lane)
    const origin: CookieOrigin = { scheme, host, path: exchange.head.path }
    return (field) => {
      const received = { owner, origin, field }
      if (this.keep(received)) this.#tellOthers(received)
    }
  }

  /** Keeps a cookie that came here or in another thread. @returns whether that is worth telling others */
  keep({ owner, origin, field }: ReceivedCookie): boolean {
    const nowMs = this.#parts.now().getTime()
    const cookie = parseSetCookie(field, nowMs)
    if (cookie === undefined) return false
    const place = this.#placeOf(owner)
    // SECURITY: a response that comes late, to a request with an older value, opens no session for the present one.
    return place.owner.lane === owner.lane && place.jar.set(cookie, origin, nowMs)
  }

  /** Resolves when all threads know the cookies of this sandbox; undefined where they do. */
  sharing(sandboxId: string): Promise<void> | undefined {
    return this.#sharing.size === 0 ? undefined : this.#sharing.get(sandboxId)
  }

  /** Forgets the sessions that were opened with one of these grants. */
  endGrants(grantIds: readonly string[]): void {
    for (const [sandboxId, places] of this.#places) {
      for (const [key, { owner }] of places) {
        if (owner.grantIds.some((id) => grantIds.includes(id))) this.#drop(sandboxId, key)
      }
    }
  }

  /** Forgets the sessions of a sandbox. */
  endSandbox(sandboxId: string): void {
    this.#places.delete(sandboxId)
  }

  /** Forgets everything, as when the vault is locked. */
  clear(): void {
    this.#places.clear()
  }

  #placeOf(owner: CookieOwner): Place {
    let places = this.#places.get(owner.sandboxId)
    if (places === undefined) {
      places = new Map()
      this.#places.set(owner.sandboxId, places)
    }
    const key = keyOf(owner)
    const known = places.get(key)
    if (known !== undefined) return known
    if (places.size >= maxJars) places.delete(places.keys().next().value!)
    const place = { owner, jar: new CookieJar() }
    places.set(key, place)
    return place
  }

  #drop(sandboxId: string, key: string): void {
    const places = this.#places.get(sandboxId)
    places?.delete(key)
    if (places?.size === 0) this.#places.delete(sandboxId)
  }

  #tellOthers(received: ReceivedCookie): void {
    const { share } = this.#parts
    if (share === undefined) return
    const { sandboxId } = received.owner
    const before = this.#sharing.get(sandboxId)
    const told = Promise.all([before, share(received)]).then(() => {
      if (this.#sharing.get(sandboxId) === told) this.#sharing.delete(sandboxId)
    })
    this.#sharing.set(sandboxId, told)
  }
}

/** What of an exchange says whose cookies go with it. */
type CookieAsker = Pick<Exchange, 'arrival' | 'attachments' | 'head'>

function ownerOf({ arrival, attachments }: CookieAsker, { sandboxId, key }: Lane): CookieOwner {
  const grantIds = [...new Set(attachments.map(({ grant }) => grant.grant.id))].sort()
  return { sandboxId, grantIds, destination: formatDestination(arrival.destination), lane: key }
}

function keyOf({ grantIds, destination }: CookieOwner): string {
  return [destination, ...grantIds].join(' ')
}
