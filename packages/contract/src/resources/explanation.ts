import type { ProblemCode } from '../problem.ts'
import type { CapUsage } from './cap.ts'
import type { RuleEffect } from './rule.ts'
import type { Pin, Scope } from './scope.ts'

/** Body of `POST /v1/explain`: a request that a sandbox could send, or a connection that it could open. */
export interface ExplainRequest {
  /** Id or name of the sandbox, which may have ended; of several with one name, a living one, then the newest. */
  readonly sandbox: string
  readonly method: string
  /**
   * `http` or `https`; or, for a connection that speaks no HTTP, the scheme of its scope, `postgres://db.example.com`, of which host and port
   * count alone. Here and in the headers, `$NAME` stands for the placeholder in that variable.
   */
  readonly url: string
  /** `Basic user:password` is encoded, where it is written out. */
  readonly headers?: readonly ExplainHeader[]
}

/** A header field of the request that is explained. */
export interface ExplainHeader {
  readonly name: string
  readonly value: string
}

/** What would become of a request, and why. Nothing was dialled, revealed or recorded for it. */
export interface Explanation {
  readonly sandbox: { readonly id: string; readonly name: string; readonly status: 'active' | 'ended' | 'expired' }
  readonly method: string
  /** In canonical form, `https://api.example.com`; null where the URL names none. */
  readonly destination: string | null
  /** In canonical form, with `$NAME` for placeholders; null where it can be read in two ways. */
  readonly path: string | null
  /** What the network rules and scopes make of the destination; null where there is none. */
  readonly network: ExplainedNetwork | null
  readonly grants: readonly ExplainedGrant[]
  /** Every rule list that was asked about the request, in that order. */
  readonly rules: readonly ExplainedRuleList[]
  /** Every cap that stands on the request, or that counts what a tunnel or a connection carries; empty where it would not get as far. */
  readonly caps: readonly ExplainedCap[]
  readonly verdict: ExplainedVerdict
  /** How the service would be reached; null where nothing would be. */
  readonly dial: ExplainedDial | null
  /** Further sentences for a person. */
  readonly notes: readonly string[]
}

/** `inspect`: a scope covers it, and the broker reads the request. `tunnel`: a network rule allows it, unread. */
export interface ExplainedNetwork {
  readonly effect: 'inspect' | 'tunnel' | 'deny'
  /** The scope or rule that decided; null where none names the destination. */
  readonly rule: string | null
}

/** What one grant has to do with the request. */
export interface ExplainedGrant {
  readonly env: string
  /** Name of the secret; null for a value that lives in memory. */
  readonly secret: string | null
  /** Name of the source that its value comes from; absent where the vault holds it. */
  readonly source?: string
  /** `gone`: the secret itself is no more. */
  readonly status: 'active' | 'expired' | 'ended' | 'gone'
  readonly scopes: readonly ExplainedScope[]
}

/** What one scope has to do with the request. */
export interface ExplainedScope {
  readonly to: string
  /** What is not as the scope says; empty where the scope covers the request. */
  readonly differs: readonly ('host' | 'scheme' | 'port' | 'path')[]
  /** Kind of the injector. */
  readonly injector: string
  /** Where the placeholder must stand, with `<NAME>` for it. */
  readonly place: string
  /** Whether it stands there in this request. */
  readonly stands: boolean
  readonly attach: NonNullable<Scope['attach']>
  readonly foreign: NonNullable<Scope['foreign']>
  /** What becomes of the response: of cookies, of what cannot be searched, and of new keys; null where these have no form that is known. */
  readonly cookies: NonNullable<Scope['cookies']>
  readonly uninspected: NonNullable<Scope['uninspected']>
  readonly newKeys: NonNullable<Scope['newKeys']> | null
}

/** What one rule list says of the request. */
export interface ExplainedRuleList {
  /** `grant GITHUB_TOKEN`, `secret github` or `project`. */
  readonly list: string
  /** Nothing is refused by this list. */
  readonly dryRun: boolean
  readonly outcome: RuleEffect | 'awaits-body'
  /**
   * Name of the rule that decided; `default` where none matched. Null where the body decides, and where the broker answers in the stead of
   * a service and no rule denies it.
   */
  readonly decidedBy: string | null
  readonly rules: readonly ExplainedRule[]
}

/** What one rule has to do with the request. */
export interface ExplainedRule {
  readonly rule: string
  readonly effect: RuleEffect
  /** `unknown`: it cannot be said, and that refuses the request unless another rule settles it. */
  readonly fit: 'matches' | 'differs' | 'awaits-body' | 'unknown'
  /** The first part of the rule that did not simply match; null where all did. */
  readonly part: 'action' | 'body' | 'header' | 'host' | 'method' | 'path' | 'query' | 'when' | null
  /** Why it cannot be said; null where it can. */
  readonly reason: string | null
}

/** What one cap says of the request. */
export interface ExplainedCap extends Pick<CapUsage, 'on' | 'id' | 'text' | 'used' | 'reserved' | 'reset'> {
  /** `room`: it would let it through. `awaits-body`: how much the request uses stands in its body. */
  readonly outcome: 'room' | 'awaits-body' | ProblemCode
}

/** A secret that would be put on the request. */
export interface ExplainedAttachment {
  readonly env: string
  readonly secret: string | null
  readonly to: string
  readonly injector: string
  /** `replace`: where the placeholder stands. `always`: on a request that has no credential. */
  readonly attach: NonNullable<Scope['attach']>
}

/** What would happen. `answered`: by the broker itself. */
export type ExplainedVerdict =
  | { readonly outcome: 'injected'; readonly attachments: readonly ExplainedAttachment[] }
  | { readonly outcome: 'forwarded' | 'tunnelled' | 'answered' }
  | {
      readonly outcome: 'refused'
      readonly code: ProblemCode
      readonly detail: string
      readonly remedy: string
      /** Whether a person would be told of it. */
      readonly alarm: boolean
    }

/** How a service would be reached. */
export interface ExplainedDial {
  readonly transport: 'tls' | 'tcp'
  readonly host: string
  readonly port: number
  readonly pin: Pin | null
  /** Whether the name may resolve to a private address. */
  readonly allowPrivate: boolean
  /** Whether the scope brings root certificates of its own. */
  readonly ownRoots: boolean
  /** `host:port` of the operator's proxy, which then resolves the name and checks its address; null where there is none. */
  readonly proxy: string | null
}
