import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ServiceSource } from '../relay/service-source.ts'
import { type ClientLimits, usualLimits } from './client-limits.ts'
import { Http2Connections } from './http2-connections.ts'

/** Nothing gets as far as a service here. */
const noServices: ServiceSource = { take: () => undefined, open: () => Promise.reject(new Error()), forget: () => {} }

/** A server in clear text whose requests are heard and never answered. */
async function listen(limits: ClientLimits, accepted: (socket: Socket) => void = () => {}) {
  let requests = 0
  const onRequest = (): void => {
    requests += 1
  }
  const handlers = { onRequest, onConnect: () => {}, onMalformed: () => {} }
  const connections = new Http2Connections<undefined>(handlers, noServices, limits)
  const server = createServer((socket) => {
    accepted(socket)
    connections.serve(socket, socket, undefined)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    heard: () => requests,
    /** A client whose settings came through. */
    async open(): Promise<ClientHttp2Session> {
      const client = connect(`http://127.0.0.1:${port}`).on('error', () => {})
      await once(client, 'remoteSettings')
      return client
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !isSo(); attempt += 1) await delay(25)
  assert.ok(isSo())
}

test('a connection on which nothing moves is closed, and one that pings is not', async () => {
  await using server = await listen({ ...usualLimits, idleMs: 300, everyMs: 20 })
  const [silent, busy] = [await server.open(), await server.open()]
  const pinging = setInterval(() => busy.ping(() => {}), 50)
  try {
    await once(silent, 'close')
    assert.equal(busy.destroyed, false)
  } finally {
    clearInterval(pinging)
    busy.destroy()
  }
})

test('a connection with a request under way has longer, and then is closed too', async () => {
  await using server = await listen({ ...usualLimits, idleMs: 1, silentMs: 300, everyMs: 20 })
  const client = withRequest(await server.open())
  await until(() => server.heard() === 1)
  await once(client, 'close')
})

function withRequest(client: ClientHttp2Session): ClientHttp2Session {
  client.request({ ':path': '/' }).on('error', () => {})
  return client
}

const endings = {
  'goes away': (client) => client.destroy(),
  'says that it goes': (client) => client.close(),
  'breaks off a request and goes': (client) => {
    client
      .request({ ':path': '/' })
      .on('error', () => {})
      .close()
    client.destroy()
  },
  'goes with requests under way': (client) => {
    for (let each = 0; each < 3; each += 1) withRequest(client)
    setImmediate(() => client.destroy())
  },
} as const satisfies Record<string, (client: ClientHttp2Session) => void>

for (const [how, end] of Object.entries(endings)) {
  test(`R-82: nothing is kept in memory of a client that ${how}`, async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const sockets: WeakRef<Socket>[] = []
    await using server = await listen(usualLimits, (socket) => sockets.push(new WeakRef(socket)))
    for (let each = 0; each < 20; each += 1) {
      const client = await server.open()
      end(client)
      if (!client.destroyed) await once(client, 'close')
    }
    // The last one may still be on a stack.
    await until(() => {
      collect()
      return sockets.filter((socket) => socket.deref() !== undefined).length <= 1
    })
  })
}
