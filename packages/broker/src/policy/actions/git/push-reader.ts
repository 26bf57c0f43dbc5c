import { PackCommits } from '../../../foundation/pack-commits.ts'
import type { ActionReader, ActionVerdict, Reading } from '../action-kind.ts'
import { unreadableRequest } from '../unreadable-request.ts'
import { isDescendant } from './is-descendant.ts'
import { PktLineReader } from './pkt-line-reader.ts'
import { PushCommandReader, type PushCommands, type RefChange } from './push-commands.ts'
import type { PushConditions } from './push-conditions.ts'

/** How much of a pack is looked at for the commits in it, in bytes. */
const maxPack = 1024 * 1024
/** Bytes of a pack that come before it is looked at again, at least. */
const firstLook = 2048
/** References of one push that are looked for in its pack. */
const maxProven = 32

/**
 * Judges a push by the lines before its pack. Only where it has to be known whether commits are thrown away does it read on, to the
 * commits at the beginning of the pack.
 */
export class PushReader implements ActionReader {
  readonly #conditions: PushConditions
  readonly #reading: Reading
  readonly #packets = new PktLineReader()
  readonly #lines = new PushCommandReader()
  #isEmpty = false
  #unproven: readonly RefChange[] = []
  #commits: PackCommits | undefined
  #pack: Buffer[] = []
  #packLength = 0
  /** Length of the pack at which it is looked at again; at every byte would be too often. */
  #nextLook = 0

  constructor(conditions: PushConditions, reading: Reading) {
    this.#conditions = conditions
    this.#reading = reading
  }

  feed(chunk: Uint8Array): 'more' | ActionVerdict {
    // SECURITY: a push without a change has no pack; what comes with it all the same is nothing that a rule has seen.
    if (this.#isEmpty && chunk.length > 0) throw unreadableRequest('it changes nothing, and goes on')
    if (this.#commits !== undefined) return this.#prove(this.#commits, chunk)
    this.#packets.add(chunk)
    const commands = this.#lines.advance(this.#packets)
    if (commands === undefined) return 'more'
    return this.#judge(commands)
  }

  end(): ActionVerdict {
    if (this.#isEmpty) return this.#reading === 'every'
    if (this.#commits === undefined) throw unreadableRequest('it ends before its changes do')
    const verdict = this.#look(this.#commits)
    if (verdict !== 'more') return verdict
    throw unreadableRequest('whether it throws commits away cannot be seen in it')
  }

  #judge({ changes, options }: PushCommands): 'more' | ActionVerdict {
    if (changes.length === 0 && options.length === 0) {
      this.#isEmpty = true
      return this.#packets.restLength > 0 ? this.feed(this.#packets.rest) : 'more'
    }
    const { asksForce, names, namesOption } = this.#conditions
    if (this.#reading === 'every') {
      if (!changes.every(names) || !options.every(namesOption)) return false
    } else if (options.some(namesOption)) return true
    // SECURITY: an option may merge into a branch that no line names.
    else if (options.length > 0) throw unreadableRequest('it has options that may do more than its lines say')
    const named = changes.filter(names)
    if (!asksForce || named.length === 0) return named.length > 0
    return this.#askForce(named)
  }

  #askForce(changes: readonly RefChange[]): 'more' | ActionVerdict {
    const isForced = this.#reading === 'any'
    // A tag that is moved forgets what it was on, wherever it goes.
    if (changes.some(({ change, ref }) => change === 'update' && ref.startsWith('refs/tags/'))) return isForced
    if (isForced && changes.some(({ change }) => change === 'delete')) return true
    this.#unproven = changes.filter(({ change, from, to }) => change === 'update' && from !== to)
    const [first] = this.#unproven
    if (first === undefined) return !isForced
    if (this.#unproven.length > maxProven)
      throw unreadableRequest('it moves too many references to look for all of them')
    this.#commits = new PackCommits(first.to.length === 40 ? 20 : 32)
    return this.#prove(this.#commits, this.#packets.rest)
  }

  #prove(commits: PackCommits, chunk: Uint8Array): 'more' | ActionVerdict {
    this.#pack.push(Buffer.from(chunk))
    this.#packLength += chunk.length
    if (this.#packLength < this.#nextLook && this.#packLength <= maxPack) return 'more'
    this.#nextLook = this.#packLength + Math.max(firstLook, this.#packLength / 4)
    return this.#look(commits)
  }

  /** SECURITY: a pack says who the parents of a new commit are, and what it does not say is not known. */
  #look(commits: PackCommits): 'more' | ActionVerdict {
    const pack = Buffer.concat(this.#pack)
    this.#pack = [pack]
    const mayGoOn = commits.advance(pack)
    this.#unproven = this.#unproven.filter((change) => !isDescendant(change, commits))
    if (this.#unproven.length === 0) return this.#reading === 'every'
    if (mayGoOn && pack.length <= maxPack) return 'more'
    throw unreadableRequest('whether it throws commits away cannot be seen in it')
  }
}
