import { type IncomingMessage, request } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import { problemFromReply } from './broker-problem.ts'

/** Longest reply that is read at once, in bytes; event streams are not bound by it. */
const maxReplyBytes = 64 * 1024 * 1024

/** A question to the management API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** Carries requests to a broker. */
export interface Transport {
  /** The JSON of the reply; undefined where there is none. @throws CoatcheckError any code of the API, `broker_unreachable` */
  send(request: ApiRequest): Promise<unknown>
  /** The reply as it comes in, for event streams. @throws CoatcheckError as `send` */
  open(request: ApiRequest): Promise<IncomingMessage>
}

/** A transport over the broker's Unix socket; each request has a connection of its own. */
export function socketTransport(socketPath: string): Transport {
  const open = (input: ApiRequest): Promise<IncomingMessage> => openReply(socketPath, input)
  return {
    open,
    async send(input) {
      const text = await readText(await open(input), socketPath)
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    },
  }
}

async function openReply(socketPath: string, input: ApiRequest): Promise<IncomingMessage> {
  const reply = await ask(socketPath, input)
  const { statusCode = 0 } = reply
  if (statusCode >= 200 && statusCode < 300) return reply
  throw problemFromReply(statusCode, await readText(reply, socketPath))
}

function ask(socketPath: string, { method, path, query, body, signal }: ApiRequest): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method, path: path + queryText(query), headers, agent: false, ...(signal ? { signal } : {}) },
      resolve,
    )
    sent.once('error', (error) => reject(signal?.aborted ? error : unreachable(socketPath, error)))
    sent.end(text)
  })
}

async function readText(reply: IncomingMessage, socketPath: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of reply as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxReplyBytes) throw new CoatcheckError('internal', { reason: 'the reply is too long' })
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof CoatcheckError ? error : unreachable(socketPath, error)
  }
  return Buffer.concat(chunks).toString()
}

function queryText(query: ApiRequest['query'] = {}): string {
  const entries = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`
}

/** The failure of a broker that does not answer, or stopped answering. */
export function unreachable(socketPath: string, cause: unknown): CoatcheckError {
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'the connection ended'
  return new CoatcheckError('broker_unreachable', { socket: socketPath, reason }, { cause })
}
