import { type Document, deserialize } from 'bson'
import { ProtocolError } from '../protocol-error.ts'
import { visitElements } from './bson-elements.ts'
import { opcodes, sizes } from './wire.ts'

/** What a service says of itself, as far as clients are told. */
export interface ServiceState {
  /** Elements of BSON that are passed on as they are. */
  readonly elements: Buffer
  readonly isWritable: boolean
  /** It is one of several that hold the same data. */
  readonly isMember: boolean
}

/**
 * What clients are told. SECURITY: a field that is not here stays here; several name hosts of the service, and new ones come with
 * each version.
 */
const passedOn = new Set([
  '$clusterTime',
  'electionId',
  'isWritablePrimary',
  'lastWrite',
  'localTime',
  'logicalSessionTimeoutMinutes',
  'maxBsonObjectSize',
  'maxMessageSizeBytes',
  'maxWireVersion',
  'maxWriteBatchSize',
  'minWireVersion',
  'msg',
  'operationTime',
  'readOnly',
  'secondary',
  'setName',
  'setVersion',
])

/** The document that a service answers with. @throws ProtocolError */
export function readAnswer(raw: Buffer): { readonly body: Buffer; readonly document: Document } {
  if (raw.length < sizes.toBody + 5 || raw.readInt32LE(12) !== opcodes.message || raw[20] !== 0)
    throw new ProtocolError('answer')
  // A checksum may follow; more sections do not.
  const body = raw.subarray(sizes.toBody, sizes.toBody + Math.max(0, raw.readInt32LE(sizes.toBody)))
  try {
    return { body, document: deserialize(body) }
  } catch {
    throw new ProtocolError('answer')
  }
}

/** Reads the answer to `hello`. @throws ProtocolError */
export function readState(raw: Buffer): { readonly state: ServiceState; readonly document: Document } {
  const { body, document } = readAnswer(raw)
  if (Number(document['ok']) !== 1) throw new ProtocolError('hello')
  const elements: Buffer[] = []
  visitElements(body, 0, body.length, (name, _type, _start, end, from) => {
    if (passedOn.has(name)) elements.push(Buffer.from(body.subarray(from, end)))
    return true
  })
  const state = {
    elements: Buffer.concat(elements),
    isWritable: document['isWritablePrimary'] === true,
    isMember: typeof document['setName'] === 'string',
  }
  return { state, document }
}
