import type { IncomingMessage } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import type { BrokerAddress } from './broker-place.ts'
import { problemFromReply } from './broker-problem.ts'

// As an import, each would evaluate all that it exports, and so load a WebSocket client: a quarter of the time in which a
// command starts.
const { request: clearRequest } = process.getBuiltinModule('node:http')
const { request: tlsRequest } = process.getBuiltinModule('node:https')

/** Longest reply that is read at once, in bytes; event streams are not bound by it. */
const maxReplyBytes = 64 * 1024 * 1024

/** Where, and under which conditions, a request acts. */
export interface RequestConditions {
  /** The same key with the same request acts once, and gives the same reply. POST only. */
  readonly idempotencyKey?: string
  /** Entity tag that the resource must still have. @throws CoatcheckError `precondition_failed` when it has another one */
  readonly ifMatch?: string
  /** The project that it acts in, for the owner of the home; a token acts in its own. `default` when absent. */
  readonly project?: string
}

/** A question to the management API. */
export interface ApiRequest extends RequestConditions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
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

/** A transport to one broker; each request has a connection of its own, and no redirect is followed. */
export function brokerTransport(address: BrokerAddress): Transport {
  const open = (input: ApiRequest): Promise<IncomingMessage> => openReply(address, input)
  return {
    open,
    async send(input) {
      const text = await readText(await open(input), address)
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    },
  }
}

async function openReply(address: BrokerAddress, input: ApiRequest): Promise<IncomingMessage> {
  const reply = await ask(address, input)
  const { statusCode = 0 } = reply
  if (statusCode >= 200 && statusCode < 300) return reply
  throw problemFromReply(statusCode, await readText(reply, address))
}

function ask(address: BrokerAddress, input: ApiRequest): Promise<IncomingMessage> {
  const { method, path, query, body, signal } = input
  const text = body === undefined ? undefined : JSON.stringify(body)
  const options = {
    ...address.options,
    method,
    path: address.pathPrefix + path + queryText(query),
    headers: { ...address.options.headers, ...contentFields(text), ...conditionFields(input) },
    agent: false,
    ...(signal ? { signal } : {}),
  }
  return new Promise((resolve, reject) => {
    const sent = address.isTls ? tlsRequest(options, resolve) : clearRequest(options, resolve)
    sent.once('error', (error) => reject(signal?.aborted ? error : unreachable(address, error)))
    sent.end(text)
  })
}

function contentFields(text: string | undefined): Record<string, string | number> {
  return text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
}

function conditionFields({ method, idempotencyKey, ifMatch, project }: ApiRequest): Record<string, string> {
  const isChange = method !== 'GET' && method !== 'HEAD'
  return {
    ...(project !== undefined ? { 'coatcheck-project': project } : {}),
    ...(idempotencyKey !== undefined && method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
    ...(ifMatch !== undefined && isChange ? { 'if-match': ifMatch } : {}),
  }
}

async function readText(reply: IncomingMessage, address: BrokerAddress): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of reply as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxReplyBytes) throw new CoatcheckError('internal', { reason: 'the reply is too long' })
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof CoatcheckError ? error : unreachable(address, error)
  }
  return Buffer.concat(chunks).toString()
}

function queryText(query: ApiRequest['query'] = {}): string {
  const entries = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`
}

/** The failure of a broker that does not answer, or stopped answering. */
export function unreachable({ name, options }: BrokerAddress, cause: unknown): CoatcheckError {
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'the connection ended'
  const place = options.socketPath === undefined ? { url: name } : { socket: name }
  return new CoatcheckError('broker_unreachable', { ...place, reason }, { cause })
}
