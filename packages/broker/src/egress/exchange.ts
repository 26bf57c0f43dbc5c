import type { Duplex } from 'node:stream'
import type { Destination } from '../foundation/destination.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { BodySpan } from '../injection/body/body-place.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { SignatureTraces } from '../injection/signing/signing.ts'
import type { ReplyWatch, Uninspected } from '../scrubbing/response-scrub.ts'
import type { Scrubber } from '../scrubbing/scrubber.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { BodyCaps } from './body-caps.ts'
import type { Ending } from './ending.ts'
import type { KnownRequest } from './known-requests.ts'
import type { Refusal } from './refusal.ts'
import type { Reach, RoutedGrant, RoutedScope, Routes } from './routes.ts'
import type { CapAccount } from './stages/cap-account.ts'
import type { ForeignCredential } from './stages/foreign-credentials.ts'
import type { ReadBody } from './stages/read-for-rules.ts'
import type { UpgradePlan } from './websocket/upgrade.ts'

/** A secret that will be put on this request. */
export interface Attachment {
  readonly grant: RoutedGrant
  readonly scope: RoutedScope
  /** Whether it goes where the placeholder stands, or on a request that has no credential. */
  readonly attach: RoutedScope['attach']
  /** It goes into WebSocket messages, and not on the request. */
  readonly inFrames?: true
  /** Where in the body it goes, for one that goes there and not into the head. */
  readonly inBody?: BodySpan
  /** Filled in by the `reveal` stage. */
  secret?: RevealedSecret
}

/** What is known about the connection that a request came in on; computed once, when it was accepted. */
export interface Arrival {
  readonly sandboxId: string
  /** From the dialled address and the TLS name, which agree. */
  readonly destination: Destination
}

/** What the end of an exchange was. */
export interface Outcome {
  readonly status: number
  readonly upstreamStatus?: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** How often a value came back and was replaced. */
  readonly scrubbed?: number
  /** How often a key stood in it that nobody knew, and was replaced. */
  readonly newKeys?: number
  /** How a connection ended that carried more than one response. */
  readonly note?: string
}

/** How far an exchange got that did not come to its end; what is absent was not reached. */
export type Progress = Partial<Omit<Outcome, 'note'>>
/** What becomes of the response to a request that carries a secret. */
export interface ReplyRules {
  /** Of a `Set-Cookie` field: it goes on, or it goes no further, or it is taken by its value. */
  readonly cookies: 'drop' | 'pass' | ((field: string) => void)
  /** Of a body that cannot be searched. */
  readonly uninspected: Uninspected
  readonly scrubber: Scrubber
  /** Of a field by which the service proves that it knows the secret; present where the client signed. */
  readonly proof?: SignatureTraces['proof']
  /** Shown the response where it says what it cost. */
  readonly meter?: ReplyWatch
  /** Which tools stay in a list of an MCP server; present where one was asked for. */
  readonly tools?: (tool: string) => boolean
}

/** What may share a connection to a service. */
export interface Lane {
  readonly sandboxId: string
  /** Names everything that connections must agree in: whose they are, where they lead, and what was attached on them. */
  readonly key: string
}

/** The head of a request as it leaves, without framing. */
export interface OutboundHead {
  readonly method: string
  /** In origin-form. */
  readonly target: string
  readonly fields: readonly HeaderField[]
  /** Sent in place of the body that came; absent where that one goes on as it is. */
  readonly body?: Buffer
  /** It carries a secret: no compression may make a table of it. */
  readonly isInjected?: boolean
  /** The client reads fields behind the body of the response, and says so. */
  readonly takesTrailers?: boolean
  /** All of it in HTTP/1.1 but for its framing, kept by whoever wrote it first: its text, and once it is sent again, its bytes. */
  rendered?: string | Buffer
}

/** Opens a connection to a service; `protocols` are offered to it, HTTP/1.1 alone when absent. */
export type Dial = (protocols?: readonly string[]) => Promise<Duplex>

/** An answer that the broker gives itself; `headers` have the length of the body. */
export interface OwnReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The half of an exchange that depends on how HTTP is spoken: the client's connection, and the bytes on both sides. */
export interface Carrier {
  /** The request may have its connection changed over to WebSocket. */
  readonly mayUpgrade?: boolean
  /** The connection was changed over, and is told why it ends by `refuse`. */
  readonly hasSwitched?: boolean
  /**
   * Looks at the request body before anything is dialled, as far as it is short enough to be held. Rejects with the reason
   * of its ending. The caps are those of `relay` too. Where `use` is given, placeholders in a body that can be held are somebody
   * else's to judge; where it is `wanted`, one of unknown length is held too.
   * @returns what forbids it, if something does
   */
  inspectBody(
    placeholders: readonly string[],
    ending: Ending,
    caps: BodyCaps,
    use?: Exchange['placedBody'],
  ): Promise<Refusal | undefined> | Refusal | undefined
  /**
   * The same for a body of which the beginning may be enough: one that is longer than what is held, or of unknown length, is held until
   * `isEnough` says so, and no longer than others; what follows is left to `relay`. Another one is held whole, as it is `wanted`.
   * @param isEnough is given all that came, again and again
   */
  inspectBeginning(
    placeholders: readonly string[],
    ending: Ending,
    caps: BodyCaps,
    isEnough: (begun: Buffer) => boolean,
  ): Promise<Refusal | undefined>
  /**
   * Reads a body that goes no further than the broker. Rejects with the reason of its ending.
   * @throws CoatcheckError `request_body_too_large`
   */
  readBody(maxBytes: number, ending: Ending): Promise<Buffer>
  /**
   * Takes a connection to the service: one that was kept for this lane, or, where there is none, the one that `dial` opens.
   * Rejects as `dial` does.
   */
  open(lane: Lane, dial: Dial): Promise<void> | undefined
  /**
   * Sends head and body on the connection that was opened, and the response to the client. `settle` is awaited before the
   * client can see the end of the response. Rejects at once when it has to end. `rules` are for the response to a request that
   * carries a secret. Where `upgrade` is given,
   * the service may answer by changing over to WebSocket; then this lasts as long as the connection. Where `declines` takes the
   * status of the response, and all of the request is here, the client sees nothing of the response, `settle` is not called, and the
   * request may be relayed again on another connection.
   * @returns the status that was declined; undefined where the response went to the client
   * @throws CoatcheckError when the exchange cannot be brought to its end
   */
  relay(
    head: OutboundHead,
    rules: ReplyRules | undefined,
    settle: (outcome: Outcome) => Promise<void>,
    ending: Ending,
    upgrade?: UpgradePlan,
    declines?: (status: number) => boolean,
  ): Promise<number | undefined>
  /** How far `relay` got; nothing where it did not begin. */
  progress(): Progress
  /** The body that was held on inspection; undefined where that is not all of it: it is longer than what is held, or of unknown length and not `wanted`. */
  wholeBody(): readonly Uint8Array[] | undefined
  /** Has `relay` keep to these in the place of those that `inspectBody` was given. */
  holdTo(caps: BodyCaps): void
  /** Lets go of a connection that was opened and not used. */
  close(): void
  /** Answers for the service; resets the connection when a response has begun. */
  refuse(refusal: Refusal, exchangeId: string, further?: Readonly<Record<string, string>>): void
  /**
   * Gives an answer of the broker's own, and throws the body of the request away. Resolves when the answer is out, or never
   * will be.
   */
  answer(reply: OwnReply): Promise<void>
}

/** That a rule wants a person’s word. */
export interface Asked {
  /** Name of the rule. */
  readonly rule: string
  /** Who may decide; whoever can where it is empty. */
  readonly approvers: readonly string[]
  /** Names the rules as they stand: another text is another policy, under which nothing was approved. */
  readonly policy?: string
}

/** One request and its response, as policy, injection and audit see it. */
export interface Exchange {
  readonly id: string
  readonly arrival: Arrival
  readonly startedAtMs: number
  /** As the sandbox sent it, with a canonical target; no value of a secret ever stands in it. */
  readonly head: RequestHead
  /** The request target could not be brought into one form. */
  readonly ambiguous: string | null
  routes: Routes
  /** Revision that `routes` were compiled at. */
  revision: number
  readonly carrier: Carrier
  /** Comes when the sandbox or a grant ends, or the client goes away. */
  readonly ending: Ending
  attachments: readonly Attachment[]
  /** Present where the request changes over to WebSocket. */
  upgrade?: UpgradePlan
  /** Credentials of others that are taken off before the request leaves. */
  replaced?: readonly ForeignCredential[]
  /** The whole body, where a client signed it and does not say its hash; `wanted` until it is here. */
  signedBody?: 'wanted' | readonly Uint8Array[]
  /**
   * The whole body, where scopes that cover the request put secrets into bodies. Before it is here: `wanted` where the request
   * has no other credential of ours, `welcome` where it has one. `unheld` where it cannot be.
   */
  placedBody?: 'wanted' | 'welcome' | 'unheld' | Buffer
  /** What rules know of the body; until they have read it, `wanted`, or `beginning` where that may be enough; absent where they do not ask. */
  ruleBody?: 'wanted' | 'beginning' | ReadBody
  /** Present where a rule lets the request go on only once a person has said so. */
  asked?: Asked | undefined
  /** What a person approved: its id, and the digest of what was asked; present once it was used up. */
  approved?: { readonly id: string; readonly digest: string }
  /** What the records say beside the verdict. */
  note?: string | undefined
  /** Placeholders and decoys in its head that are none of the sandbox; it is refused for them, and its record masks them. */
  strays?: readonly string[]
  /** What a list that is only tried would have said. */
  wouldRefuse?: string | undefined
  /** Rule that let the destination through. */
  rule: string | null
  reach: Reach
  /** What caps hold for it; absent where none stands on it. */
  account?: CapAccount | undefined
  /** An equal request was let through before, and this is what was decided. */
  readonly known?: KnownRequest | undefined
  /** A service did not take what was made from a secret, and what is known of such requests is worth nothing. */
  isUnaccepted?: true
  /** What was decided about this one, where an equal one may have the same. */
  learned?: KnownRequest
}
