import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedSandbox, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { closeOf } from './revocation-scene.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { openConnect, type Place, proxyAuthorization, type WayIn, waysIn } from './ways-in.ts'
import { type Inside, openWorld, receive, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()
const settings = { proxy: { listen: { host: '127.0.0.1', port: 0 } } }
const absolute: WayIn = waysIn.find(({ name }) => name === 'absolute-form')!

let origin: VerifyingServer
before(async () => {
  origin = await startOrigin({
    root,
    hosts: { [api]: [{ scheme: 'bearer', value: key.value }] },
    routes: scripted.routes,
  })
})
after(() => origin.close())

/** A stream in the middle, through the door of one broker. */
async function openStream({ broker }: World, sandbox: CreatedSandbox) {
  const place: Place = { proxyUrl: broker.proxyUrl!, inside: { sandbox } as Inside }
  const headers = [['Authorization', `Bearer ${sandbox.connect.env['KEY']}`]] as const
  const request = await absolute.begin(place, { host: api, secret: 'api', target: '/scripted/stream', headers })
  const answer = once(request.end(), 'response')
  const { response } = await scripted.next()
  response.write('the first part')
  const [incoming] = (await answer) as [IncomingMessage]
  request.on('error', () => {})
  const streamed = receive(incoming)
  streamed.catch(() => {})
  return { streamed }
}

for (const [what, revoke] of [
  ['detaches', ({ client }: World, { id }: CreatedSandbox) => client.sandboxes.detach(id, 'KEY')],
  ['deletes the secret of', ({ client }: World) => client.secrets.delete('api')],
  ['ends', ({ client }: World, { id }: CreatedSandbox) => client.sandboxes.end(id)],
] as const) {
  test(`N2: what one broker of a home ${what}, a sandbox that it registered, ends at the door of another one`, async () => {
    const home = makeTemporaryHome()
    const kept = { path: home.path, [Symbol.dispose]: () => {} }
    await using first = await openWorld({ settings }, home)
    await using second = await openWorld({ settings, socketPath: join(home.path, 'run', 'other.sock') }, kept)
    const pin = { address: '127.0.0.1', port: origin.port }
    const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
    await second.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
    const sandbox = await second.client.sandboxes.create({ secrets: { KEY: 'api' }, from: ['127.0.0.1'] })
    const { streamed } = await openStream(first, sandbox)
    const identity = ['Proxy-Authorization', proxyAuthorization(sandbox)]
    const { socket } = await openConnect(first.broker.proxyUrl!, `${api}:443`, identity)
    const closed = closeOf(socket)
    await revoke(second, sandbox)
    await assert.rejects(streamed, { code: 'ECONNRESET' })
    if (what === 'ends') await closed
    socket.destroy()
  })
}
