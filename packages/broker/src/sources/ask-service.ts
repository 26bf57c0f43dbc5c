import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { sourceFailure } from './source.ts'
import type { DialControl } from './source-kind.ts'

/** A question to a service of the operator's own. */
export interface ServiceQuestion {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** SECURITY: the credential of the operator is among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Longest answer that is read, in bytes: a value in base64, and what stands around it. */
const maxAnswerBytes = 262_144

/**
 * Asks a service once and gives the JSON object of its answer. No redirect is followed.
 * @throws CoatcheckError `source_unavailable`
 */
export async function askService(
  dial: DialControl,
  { method, url, headers, body }: ServiceQuestion,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const connection = await dial(url, signal)
  const outgoing = httpRequest({
    createConnection: () => connection,
    method,
    path: url.pathname + url.search,
    headers: { host: url.host, accept: 'application/json', connection: 'close', ...headers },
    signal,
  })
  try {
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const bytes = await readAll(answer)
    refuseStatus(answer.statusCode ?? 0)
    return parseObject(bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'source_unavailable') throw error
    throw sourceFailure(signal.aborted ? 'it took too long' : 'the connection to the service broke off')
  } finally {
    outgoing.destroy()
    connection.destroy()
  }
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxAnswerBytes) throw sourceFailure('the answer of the service is too long')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return bytes
}

function refuseStatus(status: number): void {
  if (status === 200) return
  if (status === 401 || status === 403) throw sourceFailure('the service denied access')
  if (status === 404) throw sourceFailure('the service has no such value')
  throw sourceFailure(`the service answered with status ${status}`)
}

/** SECURITY: a parser's message quotes what it read; nothing of it is kept. */
function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof answer === 'object' && answer !== null) return answer as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  } finally {
    bytes.fill(0)
  }
  throw sourceFailure('the answer of the service is not JSON')
}
