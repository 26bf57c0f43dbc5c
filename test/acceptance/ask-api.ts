import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

/** A request to the management API, as somebody writes it by hand. */
export interface ApiQuestion {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is when it is text, else as JSON. */
  readonly body?: unknown
}

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number
  /** Head and body. */
  readonly text: string
  /** Code of the problem, where there is one. */
  readonly code: string | undefined
}

/** Asks the API that listens on a Unix socket. */
export async function askApi(socketPath: string, { method, path, headers, body }: ApiQuestion): Promise<ApiAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const sent = request({
    socketPath,
    method,
    path,
    agent: false,
    headers: { 'content-type': 'application/json', ...headers },
  })
  // An answer that came before the whole body was sent may end the connection.
  sent.on('error', () => {}).end(text)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of reply as AsyncIterable<Buffer>) chunks.push(chunk)
  const answer = Buffer.concat(chunks).toString()
  const isProblem = reply.headers['content-type'] === 'application/problem+json'
  return {
    status: reply.statusCode ?? 0,
    text: `${reply.rawHeaders.join('\n')}\n${answer}`,
    code: isProblem ? (JSON.parse(answer) as { code: string }).code : undefined,
  }
}
