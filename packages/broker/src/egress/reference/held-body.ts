import type { IncomingMessage } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import { type BeginningUse, BodyBeginning } from '../body-beginning.ts'
import { maxHeldBytes } from '../max-held-bytes.ts'
import { bodyNotHeld, RefusedError } from '../refusal.ts'
import type { BodyWatch } from '../stages/body-watch.ts'
import { untilAborted } from './stream-waits.ts'

/** The part of a request body that was read before the verdict. */
export interface HeldBody {
  readonly chunks: readonly Buffer[]
  /** There is no more of it. */
  readonly isWhole: boolean
  /** Goes on watching what has not been read yet. */
  readonly watch: BodyWatch
}

/**
 * Reads a body of known, small length, so that a placeholder in it costs the service no byte. Other bodies are left to
 * be watched while they stream, unless `wanted`: waiting for their end could wait for ever. Rejects with the signal's reason.
 * @throws CoatcheckError `client_disconnected`
 * @throws RefusedError for a body that is wanted, and too long
 */
export async function holdBody(
  request: IncomingMessage,
  watch: BodyWatch,
  signal: AbortSignal,
  wanted = false,
): Promise<HeldBody> {
  const declared = request.headers['content-length']
  if (declared === undefined || Number(declared) > maxHeldBytes) {
    const isChunked = request.headers['transfer-encoding'] !== undefined
    if (isChunked && wanted) return { chunks: [await readHeld(request, signal)], isWhole: true, watch }
    const isWhole = declared === undefined && !isChunked
    return { chunks: [], isWhole, watch }
  }
  const chunks: Buffer[] = []
  // Not iterated over: leaving a loop early would close the connection on which the refusal is to be said.
  const hold = (chunk: Buffer): void => {
    chunks.push(chunk)
    watch.write(chunk)
  }
  request.on('data', hold)
  try {
    await untilAborted(ended(request), signal)
  } finally {
    request.off('data', hold)
  }
  return { chunks, isWhole: true, watch }
}

/** The same of a body of which the beginning may be enough: what follows it is left where it is. */
export async function holdBeginning(
  request: IncomingMessage,
  use: BeginningUse,
  signal: AbortSignal,
): Promise<HeldBody> {
  const { watch } = use
  const declared = request.headers['content-length']
  const isUnsized = declared === undefined && request.headers['transfer-encoding'] !== undefined
  if (!isUnsized && Number(declared ?? 0) <= maxHeldBytes) return holdBody(request, watch, signal, true)
  const beginning = new BodyBeginning(use)
  const enough = Promise.withResolvers<boolean>()
  const hold = (chunk: Buffer): void => {
    try {
      if (!beginning.add(chunk)) return
      request.pause().off('data', hold)
      enough.resolve(false)
    } catch (error) {
      enough.reject(error)
    }
  }
  request.on('data', hold)
  try {
    const whole = ended(request).then(() => true)
    const isWhole = await untilAborted(Promise.race([enough.promise, whole]), signal)
    return { chunks: beginning.held, isWhole, watch }
  } finally {
    request.off('data', hold)
  }
}

/** Reads a body to its end. Rejects with the signal's reason. @throws CoatcheckError `client_disconnected` | `request_body_too_large` */
export async function readWhole(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  const surplus = Promise.withResolvers<never>()
  const hold = (chunk: Buffer): void => {
    length += chunk.length
    if (length <= maxBytes) chunks.push(chunk)
    else surplus.reject(new CoatcheckError('request_body_too_large', { limitBytes: maxBytes }))
  }
  request.on('data', hold)
  try {
    await untilAborted(Promise.race([ended(request), surplus.promise]), signal)
  } finally {
    request.off('data', hold)
  }
  return Buffer.concat(chunks)
}

async function readHeld(request: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readWhole(request, maxHeldBytes, signal)
  } catch (error) {
    const isTooLong = error instanceof CoatcheckError && error.code === 'request_body_too_large'
    throw isTooLong ? new RefusedError(bodyNotHeld()) : error
  }
}

function ended(request: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    request.once('end', resolve)
    request.once('close', () => reject(new CoatcheckError('client_disconnected')))
  })
}
