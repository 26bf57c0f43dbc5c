import { asksForState, type ClientCommand, readCommand } from './client-command.ts'
import { type CommandRules, judgeCommand } from './command-rules.ts'
import { messageFlags, opcodes, sizes } from './wire.ts'

/** What the walk does about commands that do not go on. */
export interface CommandEvents {
  /** The broker answers it itself. */
  asked(command: ClientCommand): void
  /** @param requestId absent where no answer is waited for */
  refused(note: string, requestId: number | undefined): void
  /** A command goes on; absent where nobody wants to know. */
  readonly called?: ((name: string) => void) | undefined
}

/** Sequences of documents that lie outside of a body, by command; another one could be a part of the body in disguise. */
const sequences: Readonly<Record<string, string>> = { insert: 'documents', update: 'updates', delete: 'deletes' }
const longestSequenceName = 'documents'.length
/** Longest message of the older form, in bytes. */
const maxQueryBytes = 16_384
const nothing = Buffer.alloc(0)

/** Walks along what a client says after its login, and lets go on what the rules allow. Documents outside of bodies are not looked at. */
export class CommandWalk {
  readonly #rules: CommandRules
  readonly #events: CommandEvents
  #held: Buffer[] = []
  #heldBytes = 0
  /** Bytes without which nothing can be said. */
  #need: number = sizes.head
  /** Bytes of the present message that nothing has to be said about, and whether they are passed on. */
  #skip = 0
  #isDropping = false
  /** Bytes of the present message behind those. */
  #left = 0
  #checksumBytes = 0
  #sequence: string | undefined

  constructor(rules: CommandRules, events: CommandEvents) {
    this.#rules = rules
    this.#events = events
  }

  /** What of a chunk goes on; undefined when it is not the protocol any more. */
  pass(chunk: Buffer): Buffer | undefined {
    const bytes = this.#joined(chunk)
    const passed: Buffer[] = []
    let [at, from] = [0, 0]
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at)
        at += step
        this.#skip -= step
        if (this.#isDropping) from = at
        continue
      }
      const isSection = this.#left > 0
      const isClear = isSection ? this.#section(bytes, at) : this.#message(bytes, at)
      if (isClear === undefined) return undefined
      if (!isClear) break
      if (this.#isDropping && !isSection) {
        if (at > from) passed.push(bytes.subarray(from, at))
        from = at
      }
    }
    if (at > from) passed.push(bytes.subarray(from, at))
    if (at < bytes.length) this.#hold(bytes.subarray(at))
    return passed.length === 1 ? passed[0] : passed.length === 0 ? nothing : Buffer.concat(passed)
  }

  /** Says what becomes of a message. False where more of it is needed, undefined where it is none. */
  #message(bytes: Buffer, at: number): boolean | undefined {
    const here = bytes.length - at
    if (here < sizes.head) return this.#wait(sizes.head)
    const length = bytes.readInt32LE(at)
    const opcode = bytes.readInt32LE(at + 12)
    if (opcode === opcodes.query) return this.#query(bytes, at, length)
    // SECURITY: what is compressed was not agreed on, and cannot be looked at.
    if (opcode !== opcodes.message || length < sizes.toBody + 5 || length > sizes.mostMessage) return undefined
    if (here < sizes.toBody + 4) return this.#wait(sizes.toBody + 4)
    const flags = bytes.readUInt32LE(at + 16)
    const unknown = messageFlags.required & ~(messageFlags.checksum | messageFlags.moreToCome)
    this.#checksumBytes = (flags & messageFlags.checksum) === 0 ? 0 : 4
    const bodyLength = bytes.readInt32LE(at + sizes.toBody)
    const left = length - sizes.toBody - bodyLength - this.#checksumBytes
    if ((flags & unknown) !== 0 || bytes[at + 20] !== 0 || bodyLength < 5 || bodyLength > sizes.mostBody || left < 0) {
      return undefined
    }
    const end = sizes.toBody + bodyLength
    if (here < end) return this.#wait(end)
    const body = bytes.subarray(at + sizes.toBody, at + end)
    const requestId = bytes.readInt32LE(at + 4)
    const isAnswered = (flags & messageFlags.moreToCome) === 0
    const { name, fault } = judgeCommand(body, this.#rules)
    const isAsked = fault === undefined && asksForState(name)
    if (fault !== undefined) this.#events.refused(`command: ${name}, ${fault}`, isAnswered ? requestId : undefined)
    else if (isAsked && isAnswered) this.#events.asked({ name, body, requestId, isQuery: false })
    this.#isDropping = fault !== undefined || isAsked
    if (!this.#isDropping) this.#events.called?.(name)
    this.#skip = this.#isDropping ? length : left === 0 ? length : end
    this.#left = this.#isDropping ? 0 : left
    this.#sequence = sequences[name]
    return true
  }

  /** Says what becomes of a sequence of documents. Like a body, it is named, and the name has to be the usual one. */
  #section(bytes: Buffer, at: number): boolean | undefined {
    const here = bytes.length - at
    const toName = 5
    if (here < toName) return this.#wait(toName)
    const size = bytes.readInt32LE(at + 1)
    if (bytes[at] !== 1 || size < toName || size > this.#left - 1) return undefined
    const wanted = Math.min(toName + longestSequenceName + 1, size + 1)
    if (here < wanted) return this.#wait(wanted)
    const nameEnd = bytes.indexOf(0, at + toName)
    // SECURITY: a part of a command that lies outside of its body was not judged.
    if (nameEnd === -1 || bytes.toString('latin1', at + toName, nameEnd) !== this.#sequence) return undefined
    // What is said twice is not said clearly.
    this.#sequence = undefined
    this.#left -= size + 1
    this.#skip = size + 1 + (this.#left === 0 ? this.#checksumBytes : 0)
    return true
  }

  #query(bytes: Buffer, at: number, length: number): boolean | undefined {
    if (length < sizes.head || length > maxQueryBytes) return undefined
    if (bytes.length - at < length) return this.#wait(length)
    const command = readCommand(bytes.subarray(at, at + length))
    if (command === undefined) return undefined
    this.#events.asked(command)
    this.#isDropping = true
    this.#skip = length
    return true
  }

  #wait(need: number): false {
    this.#need = need
    return false
  }

  #joined(chunk: Buffer): Buffer {
    if (this.#heldBytes === 0) return chunk
    this.#hold(chunk)
    if (this.#heldBytes < this.#need) return nothing
    const bytes = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return bytes
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
  }
}
