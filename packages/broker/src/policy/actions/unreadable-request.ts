import { CoatcheckError } from '@coatcheck/contract'
import type { ActionHead, ActionMatcher, ActionReader, ActionVerdict, Unreadable } from './action-kind.ts'

/** The error of a request that two readers could take for different things. @param reason holds nothing of the request */
export function unreadableRequest(reason: string): CoatcheckError {
  return new CoatcheckError('body_unreadable', { reason })
}

/**
 * A matcher that says `unreadable` where its parts throw. SECURITY: a rule that fails has not been kept; no failure reads as "does not
 * match".
 */
export function guardedMatcher(matcher: ActionMatcher): ActionMatcher {
  const { read } = matcher
  const matches = (head: ActionHead, body: Uint8Array | undefined) =>
    guarded(() => {
      refuseOverride(head)
      return matcher.matches(head, body)
    })
  return read === undefined ? { matches } : { matches, read: (head) => guardedReader(head, read) }
}

function guardedReader(head: ActionHead, open: (head: ActionHead) => ActionReader): ActionReader {
  let reader: ActionReader
  const opened = guarded(() => {
    refuseOverride(head)
    reader = open(head)
    return true
  })
  if (opened !== true) return { feed: () => opened, end: () => opened }
  return { feed: (chunk) => guarded(() => reader.feed(chunk)), end: () => guarded(() => reader.end()) }
}

function guarded<Result extends ActionVerdict | 'more'>(judge: () => Result): Result | Unreadable {
  try {
    return judge()
  } catch (error) {
    return { unreadable: unreadableReason(error) }
  }
}

/** Why a request cannot be read, from what was thrown when it was; holds nothing of the request. */
export function unreadableReason(error: unknown): string {
  const isKnown = error instanceof CoatcheckError && error.code === 'body_unreadable'
  return isKnown ? String(error.facts['reason']) : 'it cannot be judged'
}

const overrides: ReadonlySet<string> = new Set(['x-http-method-override', 'x-http-method', 'x-method-override'])

/** SECURITY: some services take another method than that of the request line. */
function refuseOverride({ fields, query }: ActionHead): void {
  const isNamed = fields.some(({ name }) => overrides.has(name.toLowerCase().replaceAll('_', '-')))
  if (isNamed || /[?&;](?:_|%5F)method(?:=|%3D)/i.test(query)) throw unreadableRequest('it names a second method')
}
