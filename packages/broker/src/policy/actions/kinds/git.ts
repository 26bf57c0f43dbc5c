import type { GitAction } from '@coatcheck/contract'
import type { ActionHead, ActionKind, ActionMatcher, ActionReader, ActionVerdict, Reading } from '../action-kind.ts'
import { checkPushType } from '../git/check-push-type.ts'
import { describePush } from '../git/describe-push.ts'
import { type GitCall, gitCallOf } from '../git/git-call.ts'
import { GzipReader } from '../git/gzip-reader.ts'
import { compilePushConditions } from '../git/push-conditions.ts'
import { PushReader } from '../git/push-reader.ts'
import { invalidAction } from '../invalid-action.ts'
import { compileSegmentedNames } from '../name-patterns.ts'
import { presentBody, readJsonBody } from '../read-body.ts'
import { asObject, memberOf } from '../strict-json.ts'
import { guardedMatcher, unreadableRequest } from '../unreadable-request.ts'

/** `git`: fetches and pushes over HTTPS, by repository, branch, tag, and what is done to them. */
export const git: ActionKind<GitAction> = {
  kind: 'git',
  needsBody: ({ method, path }) => method === 'POST' && /\/(?:git-receive-pack|info\/lfs\/objects\/batch)$/i.test(path),
  decidesEarly: ({ path }) => /\/git-receive-pack$/i.test(path),
  compile,
  describe: describePush,
}

function compile(action: GitAction, reading: Reading): ActionMatcher {
  if (action.access.length === 0) throw invalidAction('git.access', 'it is empty', 'Write `read`, `push` or both.')
  const isNamed = compileSegmentedNames('git.repositories', action.repositories, reading)
  const conditions = compilePushConditions(action, reading)
  const access = new Set(action.access)

  /** A verdict, or `push` where the lines of the push decide. */
  function judgeCall(head: ActionHead, body: () => Uint8Array | undefined): ActionVerdict | 'push' {
    const call = gitCallOf(head)
    if (call === undefined || !isNamed(call.repository)) return false
    const does = call.does === 'batch' ? batchOf(head, body()) : call.does
    if (does === 'read') return access.has('read')
    if (!access.has('push')) return false
    // What there is to push to, and objects that no reference has yet, change no branch.
    if (does !== 'push') return reading === 'every' || !conditions.isNarrow
    return reading === 'any' && !conditions.isNarrow ? true : 'push'
  }

  return guardedMatcher({
    matches(head, body) {
      const verdict = judgeCall(head, () => body)
      if (verdict !== 'push') return verdict
      const reader = openPush(head)
      const first = reader.feed(presentBody(body))
      return first === 'more' ? reader.end() : first
    },
    read(head) {
      if (gitCallOf(head)?.does === 'batch')
        return new BatchReader((body) => judgeCall(head, () => body) as ActionVerdict)
      const verdict = judgeCall(head, () => undefined)
      return verdict === 'push' ? openPush(head) : { feed: () => verdict, end: () => verdict }
    },
  })

  function openPush(head: ActionHead): ActionReader {
    const coding = head.fields.findIndex(isGzipField)
    const isGzip = coding >= 0
    const fields = isGzip ? head.fields.toSpliced(coding, 1) : head.fields
    checkPushType({ ...head, fields })
    const reader = new PushReader(conditions, reading)
    return isGzip ? new GzipReader(reader) : reader
  }
}

/** As git and those who speak like it have it, letter for letter. */
function isGzipField({ name, value }: ActionHead['fields'][number]): boolean {
  return name.toLowerCase() === 'content-encoding' && value === 'gzip'
}

function batchOf(head: ActionHead, body: Uint8Array | undefined): GitCall['does'] {
  const operation = memberOf(asObject(readJsonBody(head, body)), 'operation')
  if (operation === 'download') return 'read'
  if (operation === 'upload') return 'store'
  throw unreadableRequest('it says neither upload nor download')
}

/** Longest list of large objects, in bytes. */
const maxBatch = 256 * 1024

/** Gathers a list of large objects. */
class BatchReader implements ActionReader {
  readonly #judge: (body: Buffer) => ActionVerdict
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(judge: (body: Buffer) => ActionVerdict) {
    this.#judge = judge
  }

  feed(chunk: Uint8Array): 'more' {
    this.#chunks.push(Buffer.from(chunk))
    this.#length += chunk.length
    if (this.#length > maxBatch) throw unreadableRequest('its list of large objects is too long')
    return 'more'
  }

  end(): ActionVerdict {
    return this.#judge(Buffer.concat(this.#chunks))
  }
}
