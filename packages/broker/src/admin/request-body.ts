import { CoatcheckError } from '@coatcheck/contract'
import type { Context } from 'hono'
import type { ZodType } from 'zod'
import { parseInput } from './parse-input.ts'

/** Longest body that a route reads. */
export const maxBodyBytes = 1024 * 1024

/**
 * The JSON body of a request, checked by `schema`. The bytes are overwritten afterwards.
 * @throws CoatcheckError `request_invalid` | `source_forbidden`
 */
export async function readBody<Output>(context: Context, schema: ZodType<Output>): Promise<Output> {
  const bytes = new Uint8Array(await context.req.arrayBuffer())
  try {
    return parseInput(schema, parseJson(bytes))
  } finally {
    bytes.fill(0)
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // SECURITY: the parser's own message quotes the text, which may be a secret; it is dropped, cause included.
    throw new CoatcheckError('request_invalid', { reason: 'the body is not JSON in UTF-8' })
  }
}
