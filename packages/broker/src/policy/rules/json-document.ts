import { readStrictJson } from '../actions/strict-json.ts'
import { unreadableReason } from '../actions/unreadable-request.ts'

/** A JSON body as rules read it. */
export interface JsonDocument {
  readonly value: unknown
  /** The same in one form: without spaces, with each text escaped in one way, and numbers as they were written. */
  readonly bytes: Buffer
}

const token = /"(?:[^"\\]+|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

/**
 * Reads a JSON body by `readStrictJson`, and writes it in one form. SECURITY: what is sent then is read alike by everybody, and what two
 * readers could take for different things is not sent at all.
 * @returns why it cannot be read, if it cannot
 */
export function readJsonDocument(body: Uint8Array): JsonDocument | { readonly unreadable: string } {
  try {
    return { value: readStrictJson(body), bytes: inOneForm(body) }
  } catch (error) {
    return { unreadable: unreadableReason(error) }
  }
}

/** @param body known to be JSON in UTF-8 */
function inOneForm(body: Uint8Array): Buffer {
  const tokens = new TextDecoder().decode(body).match(token) ?? []
  const written = tokens.map((each) => (each.startsWith('"') ? JSON.stringify(JSON.parse(each)) : each))
  return Buffer.from(written.join(''))
}
