import { CoatcheckError, type RuleAction } from '@coatcheck/contract'
import type { ActionHead, ActionKind, ActionMatcher, Reading } from './action-kind.ts'
import { invalidAction } from './invalid-action.ts'
import { email } from './kinds/email.ts'
import { git } from './kinds/git.ts'
import { graphql } from './kinds/graphql.ts'
import { llm } from './kinds/llm.ts'
import { mcp } from './kinds/mcp.ts'
import { s3 } from './kinds/s3.ts'
import { slack } from './kinds/slack.ts'
import { stripe } from './kinds/stripe.ts'

type Kinds = { readonly [Kind in RuleAction['kind']]: ActionKind<Extract<RuleAction, { kind: Kind }>> }

const kinds: Kinds = { email, git, graphql, llm, mcp, s3, slack, stripe }

/** The matcher of an action, made once. @throws CoatcheckError `rule_invalid` */
export function compileAction(action: RuleAction, reading: Reading): ActionMatcher {
  return kindOf(action).compile(action, reading)
}

/** Whether the body of a request decides if an action is meant. @throws CoatcheckError `rule_invalid` */
export function actionNeedsBody(action: RuleAction, head: ActionHead): boolean {
  return kindOf(action).needsBody(head)
}

/** Whether the beginning of that body may be enough. @throws CoatcheckError `rule_invalid` */
export function actionDecidesEarly(action: RuleAction, head: ActionHead): boolean {
  return kindOf(action).decidesEarly?.(head) === true
}

/**
 * What a request does, in lines for a person, where its body says that to none. They hold text of the request as it is. Undefined where a
 * body has to be read as it is.
 */
export function describeAction(head: ActionHead, body: Uint8Array): readonly string[] | undefined {
  for (const { describe } of Object.values(kinds) as readonly Pick<ActionKind, 'describe'>[]) {
    const lines = attempt(() => describe?.(head, body))
    if (lines !== undefined) return lines
  }
  return undefined
}

/** What cannot be read cannot be told. */
function attempt<Result>(describe: () => Result): Result | undefined {
  try {
    return describe()
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'body_unreadable') return undefined
    throw error
  }
}

function kindOf({ kind }: RuleAction): ActionKind {
  if (Object.hasOwn(kinds, kind)) return kinds[kind] as unknown as ActionKind
  throw invalidAction('kind', 'no such kind', `It is one of ${Object.keys(kinds).join(', ')}.`)
}
