import type { ClientIdentity } from '../foundation/client-identity.ts'
import { IdleMap } from '../foundation/idle-map.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { Attachment, Exchange, Lane, OutboundHead, ReplyRules } from './exchange.ts'
import type { Reach, Routes } from './routes.ts'

/** All that was decided about a request that was let through. */
export interface KnownRequest {
  readonly routes: Routes
  readonly revision: number
  readonly head: Exchange['head']
  readonly attachments: readonly Attachment[]
  /** See `grantsOf`. */
  readonly grantIds: readonly string[]
  readonly rule: string | null
  readonly reach: Reach
  readonly lane: Lane
  /** Shown on connections that are opened for it. */
  readonly identity?: ClientIdentity | undefined
  /** With the values of its secrets in it. */
  readonly outbound: OutboundHead
  /** For the response; what is searched for is made of values too. */
  readonly rules: ReplyRules | undefined
  /** Members of its records, see `AuditEntry.prepared`. */
  readonly prepared: string
  /** Wall clock from which it is judged anew, in milliseconds since 1970. */
  readonly untilMs: number
}

/** Requests of one sandbox that are remembered; an agent repeats itself within a handful. */
const maxKnown = 256
/** Longest text of a request that is remembered, in characters. */
const maxTextLength = 4_096
/** Nothing was decided under this one. */
const noRevision = -1

/**
 * What was decided about the requests of one sandbox. A verdict follows from the head, the destination, the authority rows and
 * the time alone, so an equal request gets the same one, for as long as neither rows nor time say otherwise.
 */
export class KnownRequests {
  readonly #entries: IdleMap<KnownRequest>
  #revision = noRevision

  /** @param now monotonic time in milliseconds */
  constructor(now?: () => number) {
    this.#entries = new IdleMap(now && { now })
  }

  /** @param revision the present one: what was decided under another one is forgotten */
  find(text: string, revision: number, nowMs: number): KnownRequest | undefined {
    if (revision !== this.#revision) {
      this.forget()
      this.#revision = revision
      return undefined
    }
    const known = this.#entries.use(text)
    if (known === undefined || nowMs < known.untilMs) return known
    this.#entries.delete(text)
    return undefined
  }

  add(text: string, known: KnownRequest): void {
    if (known.revision !== this.#revision || text.length > maxTextLength) return
    if (this.#entries.size >= maxKnown) this.#entries.deleteFirst()
    this.#entries.set(text, known)
  }

  /** Forgets everything, as when the vault is locked. */
  forget(): void {
    this.#entries.clear()
    // SECURITY: a request that was under way brings back nothing that was decided before.
    this.#revision = noRevision
  }
}

/**
 * Everything in a request head that a verdict can follow from, with the destination, as one text; requests that differ only in
 * the length of their body have the same.
 */
export function textOfRequest(
  destination: string,
  method: string,
  target: string,
  fields: readonly HeaderField[],
): string {
  let text = `${destination}\n${method} ${target}`
  for (const { name, value } of fields) {
    // SECURITY: the broker frames bodies itself, and a length is digits, so nothing hides in this one.
    if (name.length === 14 && name.toLowerCase() === 'content-length') text += '\n#'
    else text += `\n${name}:${value}`
  }
  return text
}
