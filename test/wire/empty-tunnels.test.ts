import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import { openConnect } from './ways-in.ts'
import { openWorld } from './world.ts'

/** More than one sandbox has connections at a time. */
const tunnels = 1_040
const atOnce = 20
const host = 'api.example.test'

test('R-82: tunnels in which nothing was asked leave their places when they close', async () => {
  await using world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const scopes = [{ to: host, inject: { kind: 'bearer' as const }, pin: { address: '127.0.0.1', port: 9 } }]
  await world.client.secrets.create({ name: 'api', value: 'the-real-value-of-the-key', scopes })
  const sandbox = await world.client.sandboxes.create({ name: 'elsewhere', secrets: { API_KEY: 'api' } })
  const identity = Buffer.from(`${sandbox.id}:${sandbox.token}`).toString('base64')

  const open = async () => {
    const fields = ['Proxy-Authorization', `Basic ${identity}`]
    const { response, socket } = await openConnect(world.broker.proxyUrl!, `${host}:443`, fields)
    assert.equal(response.statusCode, 200)
    const secure = tlsConnect({ socket, servername: host, ca: sandbox.connect.ca }).on('error', () => {})
    await once(secure, 'secureConnect')
    return secure.resume()
  }
  const openAndLeave = async (index: number): Promise<void> => {
    const secure = await open()
    const closed = once(secure, 'close')
    if (index % 2 === 0) secure.destroy()
    else secure.end()
    await closed
  }
  for (let opened = 0; opened < tunnels; opened += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, index) => openAndLeave(index)))
  }
  ;(await open()).destroy()
})
