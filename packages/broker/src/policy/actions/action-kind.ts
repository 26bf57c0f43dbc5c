import type { RuleAction } from '@coatcheck/contract'

/** Head of a request, as far as actions read it. */
export interface ActionHead {
  readonly method: string
  /** Canonical. */
  readonly host: string
  /** Canonical. */
  readonly path: string
  /** Canonical, with its `?`, or empty. */
  readonly query: string
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

/** Why something cannot be said of a request; holds nothing of the request itself. */
export interface Unreadable {
  readonly unreadable: string
}

/** Whether a request is what an action says. SECURITY: who asks must deny where nobody can say. */
export type ActionVerdict = boolean | Unreadable

/**
 * How a rule reads a request that does several things. `every`, in rules that allow: all of them must fit. `any`, in rules that deny or
 * ask: one is enough.
 */
export type Reading = 'every' | 'any'

/** Judges a body while it arrives, and needs no more of it than it has to. */
export interface ActionReader {
  /** `more`: what has come so far does not decide. After a verdict it is not called again. */
  feed(chunk: Uint8Array): 'more' | ActionVerdict
  /** The verdict where the body ended before. */
  end(): ActionVerdict
}

/** An action with its options, ready to judge requests. */
export interface ActionMatcher {
  /** @param body whole, without transfer coding; undefined where there is none, or where `needsBody` said that none is needed */
  matches(head: ActionHead, body: Uint8Array | undefined): ActionVerdict
  /** Present where a body may be judged before all of it is here. */
  read?(head: ActionHead): ActionReader
}

/** A kind of action. One file each in `kinds/`. */
export interface ActionKind<Action extends RuleAction = RuleAction> {
  readonly kind: Action['kind']
  /** Whether the body decides. */
  needsBody(head: ActionHead): boolean
  /** Whether the beginning of the body may be enough, for matchers that `read`; absent where it never is. */
  decidesEarly?(head: ActionHead): boolean
  /**
   * What a request of this kind does, in lines for a person, where its body says that to none; absent where bodies can be read as they are.
   * @param body whole, without a coding
   * @returns undefined for a request of another kind
   * @throws CoatcheckError `body_unreadable`
   */
  describe?(head: ActionHead, body: Uint8Array): readonly string[] | undefined
  /** Checks an action when its rule is saved. @throws CoatcheckError `rule_invalid` */
  compile(action: Action, reading: Reading): ActionMatcher
}
