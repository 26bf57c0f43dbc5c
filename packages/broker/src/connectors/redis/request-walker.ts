import { randomBytes } from 'node:crypto'
import { readClaim, wordOf } from './client-claim.ts'
import type { CommandRules, KnownCommand } from './command-rules.ts'
import { maxNameBytes } from './name-table.ts'
import type { PlaceholderCheck } from './placeholder-check.ts'
import { LengthLine, marks, noLength, readRequest, request } from './request.ts'

/** Longest request that is held until it is whole, in bytes. */
const maxHeldBytes = 10_000
/** No server has a command of this name, so it answers with an error, in its turn, and an open transaction is aborted. */
const refusedName = 'coatcheck.refused'
const nothing: Buffer = Buffer.alloc(0)

/** Where the walk over one login stands. */
export type WalkState = 'open' | 'reset' | 'over'

/** What a walker tells of. */
export interface WalkEvents {
  /** @param command its name, where it has one that is known */
  refused(command: string | undefined): void
  /** A password that was shown later in a session is not the placeholder. */
  loginRefused(): void
  /** A command goes on; absent where nobody wants to know. @param command its name */
  readonly called?: ((command: string) => void) | undefined
}

/**
 * Walks over the requests of a client from word to word, and looks at the first ones. Values are passed on as they come. SECURITY: what is
 * no request, or could be read as another one, ends the walk.
 */
export class RequestWalker {
  readonly #rules: CommandRules
  readonly #check: PlaceholderCheck
  readonly #events: WalkEvents
  readonly #line = new LengthLine()
  /** Words of the present request that are still to come, bytes of the present word, and whether they are passed on. */
  #words = 0
  #skip = 0
  #isDropping = false
  /** The beginning of a request or a length that has come in parts. */
  #held = nothing
  /** Whether replies are wanted, as far as can be told from requests. */
  #replies: 'on' | 'off' | 'skip' = 'on'
  #state: WalkState = 'open'
  // The walk over one chunk.
  #bytes = nothing
  #at = 0
  #from = 0
  #passed: Buffer[] = []

  constructor(rules: CommandRules, check: PlaceholderCheck, events: WalkEvents) {
    this.#rules = rules
    this.#check = check
    this.#events = events
  }

  /** `reset`: the client gave its login up. `over`: it said what is no request; what was passed on last ends the connection. */
  get state(): WalkState {
    return this.#state
  }

  /** What came behind the end of the walk. */
  get rest(): Buffer {
    return this.#held
  }

  /** What of a chunk goes on. Undefined when nothing of it can, and both sides have to be closed. */
  pass(chunk: Buffer): Buffer | undefined {
    if (this.#state === 'over') return nothing
    this.#bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = nothing
    this.#at = 0
    this.#from = 0
    if (this.#state === 'open') this.#walk()
    if (this.state === 'over' && (this.#words > 0 || this.#skip > 0)) return undefined
    return this.#collect()
  }

  #walk(): void {
    const bytes = this.#bytes
    const { length } = bytes
    while (this.#state === 'open') {
      if (this.#skip > 0) {
        const left = length - this.#at
        if (left < this.#skip) {
          this.#skip -= left
          this.#at = length
          return
        }
        this.#at += this.#skip
        this.#skip = 0
      }
      if (this.#at === length) return
      if (this.#words === 0) {
        if (this.#isDropping) {
          this.#isDropping = false
          this.#from = this.#at
        }
        if (!this.#begin(bytes)) return
      } else {
        const count = this.#line.read(bytes, this.#at, marks.bytes)
        if (count === noLength.yet) return
        if (count < 0) this.#state = 'over'
        else {
          this.#at = this.#line.end
          this.#skip = count + 2
          this.#words -= 1
        }
      }
    }
  }

  /** Looks at the request that begins here; false when more of it has to come. */
  #begin(bytes: Buffer): boolean {
    const start = this.#at
    const count = this.#line.read(bytes, start, marks.words)
    if (count < 0) return this.#fault(count)
    const first = this.#line.end
    if (count === 0) {
      this.#replace(first, nothing)
      return true
    }
    const length = this.#line.read(bytes, first, marks.bytes)
    if (length < 0) return this.#fault(length)
    const name = this.#line.end
    if (length > maxNameBytes) return this.#refuse(undefined, count, first)
    if (name + length > bytes.length) return false
    let command = this.#rules.find(bytes, name, name + length)
    if (command?.parts !== undefined && count > 1) {
      const second = name + length + 2
      if (second > bytes.length) return false
      const partLength = this.#line.read(bytes, second, marks.bytes)
      if (partLength < 0) return this.#fault(partLength)
      const part = this.#line.end
      if (partLength > maxNameBytes) return this.#refuse(command, count, first)
      if (part + partLength > bytes.length) return false
      command = command.parts.find(bytes, part, part + partLength) ?? { ...command, fate: 'refuse' }
    }
    if (command === undefined || command.fate === 'refuse') return this.#refuse(command, count, first)
    if (command.fate !== 'pass') return this.#look(command, count)
    this.#events.called?.(command.name)
    if (this.#replies === 'skip') this.#replies = 'on'
    this.#at = name
    this.#skip = length + 2
    this.#words = count - 1
    return true
  }

  /** SECURITY: without any request after it, in its turn, so that no reply is taken for another. */
  #fault(length: number): boolean {
    if (length === noLength.yet) return false
    this.#state = 'over'
    this.#replace(this.#bytes.length, Buffer.concat([request(refusedName, 'malformed'), request('quit')]))
    return false
  }

  #refuse(command: KnownCommand | undefined, count: number, first: number): boolean {
    this.#events.refused(command?.name)
    if (this.#replies === 'skip') this.#replies = 'on'
    this.#replace(first, request(refusedName, command?.name ?? 'unknown'))
    this.#words = count
    this.#isDropping = true
    return true
  }

  /** Looks at a request that has to be whole for that; false when more of it has to come. */
  #look({ fate, name }: KnownCommand, count: number): boolean {
    const whole = readRequest(this.#bytes, this.#at)
    if (whole === noLength.yet && this.#bytes.length - this.#at <= maxHeldBytes) return false
    if (typeof whole === 'number') return this.#fault(noLength.atAll)
    const { words, end } = whole
    this.#events.called?.(name)
    const mode = this.#replies
    if (mode === 'skip') this.#replies = 'on'
    if (fate === 'login') this.#replace(end, this.#loginInstead(words, mode))
    else this.#at = end
    if (fate === 'reply') this.#noteReplies(words)
    // A reset has no further words; with any, it is a mistake that the service answers.
    if (fate === 'reset' && count === 1) this.#state = 'reset'
    return true
  }

  #loginInstead(words: readonly Buffer[], mode: 'on' | 'off' | 'skip'): Buffer {
    const claim = readClaim(words)
    if (claim === undefined) return request(refusedName, 'login')
    // SECURITY: the service never hears what a client says for a password.
    if (!claim.passwords.every((password) => this.#check.isShown(password))) {
      this.#events.loginRefused()
      return request('auth', randomBytes(16).toString('hex'), randomBytes(16).toString('hex'))
    }
    if (claim.kind === 'hello') return request(...claim.rest)
    // The session has its login already: this is a way to be answered `OK` that changes nothing.
    return mode === 'on' ? request('client', 'reply', 'on') : request('ping')
  }

  #noteReplies([, , word]: readonly Buffer[]): void {
    const wanted = word === undefined ? '' : wordOf(word)
    if (wanted === 'on' || wanted === 'off') this.#replies = wanted
    else if (wanted === 'skip' && this.#replies === 'on') this.#replies = 'skip'
  }

  /** Lets something go on in the place of what stands from here to `end`. */
  #replace(end: number, instead: Buffer): void {
    this.#passed.push(this.#bytes.subarray(this.#from, this.#at), instead)
    this.#at = end
    this.#from = end
  }

  #collect(): Buffer {
    const bytes = this.#bytes
    // What is held outlives the chunk.
    if (this.#at < bytes.length) this.#held = Buffer.from(bytes.subarray(this.#at))
    const last = this.#isDropping ? nothing : bytes.subarray(this.#from, this.#at)
    this.#bytes = nothing
    if (this.#passed.length === 0) return last
    const passed = Buffer.concat([...this.#passed, last])
    this.#passed = []
    return passed
  }
}
