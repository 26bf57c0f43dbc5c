import { readFileSync } from 'node:fs'
import { CoatcheckError, type ProviderCreate } from '@coatcheck/contract'
import { parseDocument } from 'yaml'
import { fileFailure } from './file-failure.ts'

/** Longest description of a provider, in bytes. */
const maxBytes = 262_144

/**
 * A provider that somebody described in YAML. Its form is checked by the broker.
 * SECURITY: nothing of the file is repeated in a failure; it may be another file than was meant, with a key in it.
 * @throws CoatcheckError `request_invalid`
 */
export async function readProviderFile(path: string, stdin: AsyncIterable<Buffer | string>): Promise<ProviderCreate> {
  const bytes = path === '-' ? await readAll(stdin) : readFile(path)
  if (bytes.length > maxBytes) throw invalid(`the description is longer than ${maxBytes} bytes`)
  const document = parseDocument(decode(bytes), {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: true,
  })
  const [fault] = document.errors
  if (fault !== undefined) {
    const { line } = fault.linePos?.[0] ?? {}
    throw invalid(`the description is not YAML${line === undefined ? '' : `: see line ${line}`}`)
  }
  // Aliases multiply; a description needs none.
  const definition: unknown = toPlain(() => document.toJS({ maxAliasCount: 0 }))
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw invalid('the description is not a list of fields')
  }
  if (typeof (definition as { id?: unknown }).id !== 'string') throw invalid('id: it is missing')
  return definition as ProviderCreate
}

function toPlain(convert: () => unknown): unknown {
  try {
    return convert()
  } catch (cause) {
    throw invalid('the description has aliases', cause)
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileFailure('the description cannot be read', error)
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > maxBytes) break
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The decoder's message says no more than this one.
    throw invalid('the description is not UTF-8')
  }
}

function invalid(reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason }, { cause })
}
