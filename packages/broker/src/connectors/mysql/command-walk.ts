import type { StatementLog } from '../session-log/statement-log.ts'
import { BodyReader } from './body-reader.ts'
import { type CommandAction, commandActions, prepareCommand, statementCommand } from './commands.ts'
import { packet } from './packet-link.ts'
import { judgeStatement, type StatementRules } from './statement-rules.ts'

const headBytes = 4
/** A packet of this length goes on in the next one. */
const fullPacket = 0xff_ffff
/** Longest statement that is looked at, in bytes. */
const maxStatementBytes = 1_048_576

/** By what a walk goes. */
export interface WalkRules extends StatementRules {
  /** Statements come behind their attributes. */
  readonly hasAttributes: boolean
  refused(note: string): void
  /** Takes the statements that go on; undefined where nobody wants them. */
  readonly log?: StatementLog | undefined
}

/**
 * Walks over the commands of a client after its login: of most it reads five bytes. SECURITY: what is no command that is known goes no
 * further, and one that logs in anew is handed over. Statements are looked at too, which is advice.
 */
export class CommandWalk {
  readonly #rules: WalkRules
  /** Bytes of the packet that is under way which are still to come, and whether they are passed on. */
  #rest = 0
  #isDropping = false
  /** The packet before was a full one. */
  #isContinued = false
  /** A packet, or its beginning, of which a part has come. */
  #held: Buffer = Buffer.alloc(0)
  #handedOver: Buffer | undefined

  constructor(rules: WalkRules) {
    this.#rules = rules
  }

  /** A login anew, from its first byte on, and all that came behind it; whoever asks for it goes on in its stead. */
  takeHandedOver(): Buffer | undefined {
    const bytes = this.#handedOver
    this.#handedOver = undefined
    return bytes
  }

  /** What of a chunk goes on; undefined when it is not the protocol any more. */
  pass(chunk: Buffer): Buffer | undefined {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = Buffer.alloc(0)
    const passed: Buffer[] = []
    let at = Math.min(this.#rest, bytes.length)
    let from = this.#isDropping ? at : 0
    this.#rest -= at
    while (at < bytes.length) {
      if (bytes.length - at < headBytes) break
      const length = bytes.readUIntLE(at, 3)
      const end = at + headBytes + length
      if (!this.#isContinued) {
        // SECURITY: in the middle of something else no command begins.
        if (bytes[at + 3] !== 0) return undefined
        if (length > 0 && bytes.length - at === headBytes) break
        const action = length === 0 ? undefined : commandActions.get(bytes[at + headBytes]!)
        if (action === 'changeUser') {
          this.#handedOver = Buffer.from(bytes.subarray(at))
          break
        }
        if (this.#isAwaited(action, length) && end > bytes.length) break
        const instead =
          action === 'pass' ? undefined : this.#replacement(action, bytes.subarray(at + headBytes, end), length)
        if (instead !== undefined && from < at) passed.push(bytes.subarray(from, at))
        if (instead !== undefined) passed.push(instead)
        this.#isDropping = instead !== undefined
      }
      this.#isContinued = length === fullPacket
      this.#rest = Math.max(0, end - bytes.length)
      at = Math.min(end, bytes.length)
      if (this.#isDropping) from = at
    }
    if (at < bytes.length && this.#handedOver === undefined) this.#held = Buffer.from(bytes.subarray(at))
    const last = bytes.subarray(from, at)
    if (passed.length === 0) return last
    return Buffer.concat([...passed, last])
  }

  /** Whether a command has to be there as a whole. */
  #isAwaited(action: CommandAction | undefined, length: number): boolean {
    if (action === 'kill' || action === 'setOption') return length < maxStatementBytes
    return (action === 'statement' || action === 'prepare') && length <= maxStatementBytes
  }

  /** What goes on in the place of a command; undefined where it goes on itself. */
  #replacement(action: CommandAction | undefined, body: Buffer, length: number): Buffer | undefined {
    if (action === 'statement' || action === 'prepare') return this.#judgeText(action, body, length)
    if (action === 'kill') return this.#judgeKill(body)
    // SECURITY: it would lift what keeps the session from writing; several statements in one are looked at as they come.
    if (action === 'reset' || action === 'setOption')
      return this.#rules.isReadOnly ? this.#refusal('the scope is for reading only') : undefined
    return this.#refusal(length === 0 ? 'an empty command' : `command ${body[0]}`)
  }

  #judgeText(action: 'statement' | 'prepare', body: Buffer, length: number): Buffer | undefined {
    const { isReadOnly, hasAttributes, log } = this.#rules
    const isPrepared = action === 'prepare'
    if (length > maxStatementBytes) {
      if (isReadOnly) return this.#refusal('it is too long to be looked at', isPrepared)
      log?.addUnread(length)
      return undefined
    }
    const start = isPrepared || !hasAttributes ? 1 : textStart(body)
    if (start === undefined && isReadOnly) return this.#refusal('it has attributes', isPrepared)
    const verdict = judgeStatement(body.toString('latin1', start ?? 1), this.#rules)
    if (verdict !== undefined && 'fault' in verdict) return this.#refusal(verdict.fault, isPrepared)
    if (start === undefined) log?.addUnread(length)
    else log?.add(body.subarray(start), isPrepared)
    return verdict === undefined ? undefined : this.#statement(verdict.instead)
  }

  #judgeKill(body: Buffer): Buffer | undefined {
    const thread = body.length < 5 ? undefined : this.#rules.threadOf(body.readUInt32LE(1))
    if (thread === undefined) return this.#refusal('it ends a session of somebody else')
    const number = Buffer.alloc(4)
    number.writeUInt32LE(thread)
    return packet(0, Buffer.of(body[0]!), number)
  }

  /**
   * What the service answers with an error, in its turn. A statement that is only prepared may not be one that could be executed, so
   * there no grammar has it.
   */
  #refusal(note: string, isPrepared = false): Buffer {
    this.#rules.refused(note)
    if (isPrepared) return packet(0, Buffer.of(prepareCommand), Buffer.from('refused by coatcheck'))
    const text = 'coatcheck: the scope of the secret does not allow this'
    return this.#statement(`signal sqlstate '42000' set mysql_errno = 1227, message_text = '${text}'`)
  }

  #statement(text: string): Buffer {
    const attributes = this.#rules.hasAttributes ? Buffer.of(0, 1) : Buffer.alloc(0)
    return packet(0, Buffer.of(statementCommand), attributes, Buffer.from(text))
  }
}

/** Where the text of a statement begins that has no attributes; undefined where it has some. */
function textStart(body: Buffer): number | undefined {
  const reader = new BodyReader(body, 1)
  try {
    if (reader.sized() > 0) return undefined
    reader.sized()
    return body.length - reader.rest().length
  } catch {
    return undefined
  }
}
