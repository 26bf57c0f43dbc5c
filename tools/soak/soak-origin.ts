import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { TlsRoot } from '../../test/fixtures/tls-root.ts'

/** A service that answers, breaks off and resets as it is asked to. */
export interface SoakOrigin extends AsyncDisposable {
  readonly port: number
  /** Requests whose heads came. */
  readonly arrived: number
}

const kibibyte = 1024
const bodies: Readonly<Record<string, Buffer>> = {
  '/big': Buffer.alloc(512 * kibibyte),
  // More than the buffers of sockets take.
  '/long': Buffer.alloc(4_096 * kibibyte),
}
const laterMs = 30

/** Starts it on a free port of 127.0.0.1. */
export async function startSoakOrigin(root: TlsRoot, host: string): Promise<SoakOrigin> {
  let arrived = 0
  const { certificate: cert, key } = root.leaf(host)
  const server = createServer({ cert, key, keepAliveTimeout: 60_000 }, (request, response) => {
    arrived += 1
    request.on('error', () => {})
    response.on('error', () => {})
    answer(request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get arrived() {
      return arrived
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/reset') return void request.socket.destroy()
  if (request.url === '/half') {
    response.writeHead(200, { 'content-length': 9 }).write('half')
    return void setImmediate(() => request.socket.destroy())
  }
  if (request.url === '/later') await delay(laterMs)
  if (request.method === 'POST') for await (const _piece of request);
  response.end(bodies[request.url ?? ''] ?? 'ok')
}
