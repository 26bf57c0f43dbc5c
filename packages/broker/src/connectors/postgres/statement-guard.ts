import type { StatementLog } from '../session-log/statement-log.ts'
import { type StatementRules, statementFault } from './statement-rules.ts'
import { int32, message } from './wire.ts'

const query = 'Q'.charCodeAt(0)
const parse = 'P'.charCodeAt(0)
const functionCall = 'F'.charCodeAt(0)
const headBytes = 5
/** Longest statement that is looked at, in bytes. */
const maxStatementBytes = 1_048_576

/**
 * What the service gets for a statement that is refused: no grammar has it, so it is answered by an error, in its turn, and a
 * transaction that is open is aborted, as by any refusal.
 */
const refusedText = '"statement refused by Coatcheck"'

/** Looks at the statements of a client after its login. SECURITY: advisory; the boundary is the role. */
export class StatementGuard {
  readonly #rules: StatementRules
  readonly #refused: (note: string) => void
  readonly #log: StatementLog | undefined
  readonly #isIdle: boolean
  /** Bytes of the message that is under way which are still to come, and whether they are passed on. */
  #rest = 0
  #isDropping = false
  /** A message, or its head, of which a part has come. */
  #held: Buffer = Buffer.alloc(0)

  /** @param log takes the statements that go on */
  constructor(rules: StatementRules, refused: (note: string) => void, log?: StatementLog) {
    this.#rules = rules
    this.#refused = refused
    this.#log = log
    this.#isIdle = !rules.isReadOnly && !rules.refusesPasswordChanges && log === undefined
  }

  /** What of a chunk goes on; undefined when it is not the protocol any more. */
  pass(chunk: Buffer): Buffer | undefined {
    if (this.#isIdle) return chunk
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = Buffer.alloc(0)
    const passed: Buffer[] = []
    let at = Math.min(this.#rest, bytes.length)
    let from = this.#isDropping ? at : 0
    this.#rest -= at
    while (at < bytes.length) {
      if (bytes.length - at < headBytes) break
      const length = bytes.readUInt32BE(at + 1)
      if (length < 4) return undefined
      const end = at + 1 + length
      const isTooLong = length > maxStatementBytes
      if (this.#isLookedAt(bytes[at]!) && !isTooLong && end > bytes.length) break
      const instead = this.#isLookedAt(bytes[at]!) ? this.#replacement(bytes, at, end, isTooLong) : undefined
      if (instead !== undefined) {
        passed.push(bytes.subarray(from, at), instead)
        from = Math.min(end, bytes.length)
      }
      this.#rest = Math.max(0, end - bytes.length)
      this.#isDropping = instead !== undefined
      at = Math.min(end, bytes.length)
    }
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at))
    const last = bytes.subarray(from, at)
    return passed.length === 0 ? last : Buffer.concat([...passed, last])
  }

  #isLookedAt(type: number): boolean {
    return type === query || type === parse || (type === functionCall && this.#rules.isReadOnly)
  }

  /** What goes on in the place of a message; undefined where it goes on itself. */
  #replacement(bytes: Buffer, at: number, end: number, isTooLong: boolean): Buffer | undefined {
    const type = bytes[at]!
    const body = bytes.subarray(at + headBytes, end)
    const nameEnd = type === parse ? body.indexOf(0) + 1 : 0
    const text = textIn(body.subarray(nameEnd))
    const fault = this.#faultOf(type, text, isTooLong)
    if (fault === undefined) {
      if (isTooLong) this.#log?.addUnread(end - at)
      else this.#log?.add(text, type === parse)
      return undefined
    }
    this.#refused(fault)
    if (type !== parse) return message('Q', refusedText)
    return message('P', Buffer.from(body.subarray(0, nameEnd)), refusedText, int32(0).subarray(0, 2))
  }

  #faultOf(type: number, text: Buffer, isTooLong: boolean): string | undefined {
    if (type === functionCall) return 'the scope is for reading only'
    if (isTooLong) return this.#rules.isReadOnly ? 'it is too long to be looked at' : undefined
    return statementFault(text.toString('latin1'), this.#rules)
  }
}

/** The text that a message begins with. */
function textIn(body: Buffer): Buffer {
  const end = body.indexOf(0)
  return end === -1 ? body : body.subarray(0, end)
}
