import { CoatcheckError } from '@coatcheck/contract'
import type { Context } from 'hono'
import type { ZodType } from 'zod'
import { parseInput } from './parse-input.ts'

/** Longest body that a route reads. */
export const maxBodyBytes = 1024 * 1024

/**
 * The JSON body of a request, checked by `schema`. The bytes are overwritten afterwards.
 * @throws CoatcheckError `request_invalid` | `request_too_large` | `source_forbidden`
 */
export async function readBody<Output>(context: Context, schema: ZodType<Output>): Promise<Output> {
  const bytes = await readBytes(context.req.raw.body)
  try {
    return parseInput(schema, parseJson(bytes))
  } finally {
    bytes.fill(0)
  }
}

/** The bytes of a body. @throws CoatcheckError `request_too_large` */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > maxBodyBytes) throw new CoatcheckError('request_too_large', { limitBytes: maxBodyBytes })
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return bytes
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refusePrototypes)
  } catch {
    // SECURITY: the parser's own message quotes the text, which may be a secret; it is dropped, cause included.
    throw new CoatcheckError('request_invalid', { reason: 'the body is not JSON in UTF-8' })
  }
}

/** SECURITY: no part of a body can stand for the prototype of what is made from it. */
function refusePrototypes(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new SyntaxError(name)
  return value
}
