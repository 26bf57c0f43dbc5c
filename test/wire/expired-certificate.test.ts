import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { MongodbClient } from './mongodb-client.ts'
import { poll } from './poll.ts'
import { PostgresClient } from './postgres-client.ts'
import { RedisClient } from './redis-client.ts'
import { SmtpClient } from './smtp-client.ts'
import { openWorld, type World } from './world.ts'

const skip = skipWithout('openssl')
const host = 'db.service.test'
const canary = makeCanary()
let root: ReturnType<typeof createTlsRoot>
let world: World
/** Speaks TLS from the first byte, with a certificate that was good once. */
let server: Server
/** What was said to it inside. */
const said: Buffer[] = []

before(async () => {
  if (skip !== false) return
  root = createTlsRoot()
  const { certificate: cert, key } = root.expired(host)
  server = createServer({ cert, key }, (socket) =>
    socket.on('error', () => {}).on('data', (chunk: Buffer) => said.push(chunk)),
  )
  // That is how a client takes its leave which does not believe a certificate.
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  world = await openWorld()
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
  server?.close()
})

/** What a client of one protocol is told. */
type Ask = (host: string, port: number, placeholder: string) => Promise<string>

const protocols: readonly (readonly [string, number, Readonly<Record<string, string>>, Ask])[] = [
  [
    'postgres',
    5432,
    { tls: 'direct' },
    async (...[address, port, placeholder]) => {
      const client = await PostgresClient.connect(address, port)
      await client.logIn(placeholder)
      await client.closed()
      return client.heard.toString('latin1')
    },
  ],
  [
    'redis',
    6379,
    {},
    async (...[address, port, placeholder]) => {
      const client = await RedisClient.connect(address, port)
      const reply = String(await client.call('AUTH', placeholder))
      client.socket.destroy()
      return reply
    },
  ],
  [
    'mongodb',
    27017,
    {},
    async (...[address, port]) => {
      const client = await MongodbClient.connect(address, port)
      const { errmsg } = await client.run({ hello: 1 })
      client.socket.destroy()
      return String(errmsg)
    },
  ],
  [
    'smtp',
    587,
    { tls: 'implicit' },
    async (...[address, port, placeholder]) => {
      const client = await SmtpClient.connect(address, port)
      const code = await client.logIn(placeholder)
      client.socket.destroy()
      return `${code} ${client.heard}`
    },
  ],
]

for (const [scheme, usual, inject, ask] of protocols) {
  test(`CO-05: a certificate that has expired is refused, and nothing is said inside: ${scheme}`, {
    skip,
  }, async () => {
    const { port } = server.address() as AddressInfo
    const to = `${scheme}://${host}:${port}`
    const spec = { kind: scheme, user: 'app', tls: 'verify', ...inject }
    await world.client.secrets.create({
      name: scheme,
      value: canary.value,
      scopes: [{ to, pin: { address: '127.0.0.1' }, roots: root.certificate, inject: spec }],
    })
    const inside = await world.createSandbox({ secrets: { SERVICE_PASSWORD: scheme } })
    const { env } = inside.sandbox.connect
    const [, name = ''] = /[@ ]([a-z0-9-]+(?:\.[a-z0-9-]+)+)[: /]/.exec(` ${Object.values(env).join(' ')} `) ?? []
    const told = await ask(await inside.addressOf(name), inside.portOf(usual), env['SERVICE_PASSWORD'] ?? '')
    assert.match(told, /certificate of the service cannot be verified/)
    assert.deepEqual(findCanary(Buffer.from(told), canary), [])
    await poll(async () => {
      const found = (await world.events()).filter(({ event }) => event.code === 'upstream_tls_untrusted')
      return found.some(({ event }) => event.port === port && event.scheme === scheme) ? found : undefined
    })
    assert.deepEqual(said, [])
  })
}
