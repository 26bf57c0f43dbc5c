import { bsonTypes, visitElements } from './bson-elements.ts'
import { messageFlags, opcodes, sizes } from './wire.ts'

/** A command of a client. */
export interface ClientCommand {
  /** The first key of its body, which is what the service takes for its name. */
  readonly name: string
  readonly body: Buffer
  readonly requestId: number
  /** Asked in the form that older clients begin with; only questions about the state of the service are. */
  readonly isQuery: boolean
}

/** Names of the question about the state of the service. */
const stateQuestions = new Set(['hello', 'isMaster', 'ismaster'])

/** Whether a command asks for the state of the service, which the broker answers itself. */
export function asksForState(name: string): boolean {
  return stateQuestions.has(name)
}

/** Reads a message that is one command and nothing else; undefined for everything else. */
export function readCommand(raw: Buffer): ClientCommand | undefined {
  const isQuery = raw.readInt32LE(12) === opcodes.query
  const body = isQuery ? bodyOfQuery(raw) : bodyOfMessage(raw)
  const name = body && nameOf(body)
  if (body === undefined || name === undefined || (isQuery && !stateQuestions.has(name))) return undefined
  return { name, body, requestId: raw.readInt32LE(4), isQuery }
}

/** The first key of a document that is whole; undefined where it is none. */
function nameOf(body: Buffer): string | undefined {
  let first: string | undefined
  const isWhole = visitElements(body, 0, body.length, (name) => {
    first ??= name
    return true
  })
  return isWhole ? first : undefined
}

function bodyOfMessage(raw: Buffer): Buffer | undefined {
  if (raw.length < sizes.toBody + 5 || raw.readInt32LE(12) !== opcodes.message) return undefined
  const flags = raw.readUInt32LE(16)
  if ((flags & messageFlags.required & ~messageFlags.checksum) !== 0 || raw[20] !== 0) return undefined
  return raw.subarray(sizes.toBody, raw.length - ((flags & messageFlags.checksum) === 0 ? 0 : 4))
}

function bodyOfQuery(raw: Buffer): Buffer | undefined {
  const nameEnd = raw.indexOf(0, 20)
  const isCommand = nameEnd !== -1 && raw.toString('latin1', 20, nameEnd) === 'admin.$cmd'
  const start = nameEnd + 9
  if (!isCommand || raw.length < start + 5) return undefined
  const length = raw.readInt32LE(start)
  const body = raw.subarray(start, start + length)
  if (length < 5 || body.length !== length) return undefined
  // What follows would be a selection of fields; a command has none.
  return raw.length === start + length ? unwrapped(body) : undefined
}

/** Some clients put the command beside a read preference, under a key of its own. */
function unwrapped(body: Buffer): Buffer {
  let inner: Buffer | undefined
  let isFirst = true
  visitElements(body, 0, body.length, (name, type, start, end) => {
    if (isFirst && type === bsonTypes.document && (name === '$query' || name === 'query'))
      inner = body.subarray(start, end)
    isFirst = false
    return false
  })
  return inner ?? body
}
