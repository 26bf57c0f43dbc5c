import type { IncomingMessage } from 'node:http'
import type { BodyWatch } from '../stages/body-watch.ts'

/** Bodies up to this many bytes are read and looked at before anything is dialled. */
const maxHeldBytes = 256 * 1024

/** The part of a request body that was read before the verdict. */
export interface HeldBody {
  readonly chunks: readonly Buffer[]
  /** Goes on watching what has not been read yet. */
  readonly watch: BodyWatch
}

/**
 * Reads a body of known, small length, so that a placeholder in it costs the service no byte. Other bodies are left to
 * be watched while they stream: waiting for their end could wait for ever.
 */
export async function holdBody(request: IncomingMessage, watch: BodyWatch): Promise<HeldBody> {
  const declared = request.headers['content-length']
  if (declared === undefined || Number(declared) > maxHeldBytes) return { chunks: [], watch }
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    watch.write(chunk)
  }
  return { chunks, watch }
}
