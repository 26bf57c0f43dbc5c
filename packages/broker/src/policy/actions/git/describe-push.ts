import { PackCommits } from '../../../foundation/pack-commits.ts'
import type { ActionHead } from '../action-kind.ts'
import { checkPushType } from './check-push-type.ts'
import { gitCallOf } from './git-call.ts'
import { isDescendant } from './is-descendant.ts'
import { PktLineReader } from './pkt-line-reader.ts'
import { PushCommandReader, type RefChange } from './push-commands.ts'

/**
 * What a push does, a line for each thing: its repository, each reference that it changes, its options, and the length of its pack.
 * Undefined for every other request.
 * @param body whole, without a coding
 * @throws CoatcheckError `body_unreadable` where two readers could take it for different things
 */
export function describePush(head: ActionHead, body: Uint8Array): readonly string[] | undefined {
  const call = gitCallOf(head)
  if (call?.does !== 'push') return undefined
  checkPushType(head)
  const packets = new PktLineReader()
  packets.add(body)
  const commands = new PushCommandReader().advance(packets)
  if (commands === undefined) return undefined
  const { changes, options } = commands
  const pack = packets.rest
  const first = changes.find(({ change }) => change !== 'delete')
  const commits = new PackCommits(first?.to.length === 64 ? 32 : 20)
  commits.advance(pack)
  return [
    `push to ${call.repository}`,
    ...(changes.length === 0 ? ['changes no reference'] : changes.map((change) => changeText(change, commits))),
    ...options.map((option) => `push option ${option}`),
    pack.length === 0 ? 'no pack' : `a pack of ${pack.length} bytes`,
  ]
}

function changeText(change: RefChange, commits: PackCommits): string {
  const { change: kind, from, ref, to } = change
  if (kind === 'create') return `create ${ref} at ${to}`
  if (kind === 'delete') return `delete ${ref}, which is at ${from}`
  const moved = `move ${ref} from ${from} to ${to}`
  // A tag that is moved forgets what it was on, wherever it goes.
  if (ref.startsWith('refs/tags/')) return `${moved}, which forgets what the tag was on`
  const isForward = from === to || isDescendant(change, commits)
  return isForward ? `${moved}, on from there` : `${moved}, which may throw commits away`
}
