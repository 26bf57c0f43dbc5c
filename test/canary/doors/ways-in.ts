import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { doorWays, proxyAuthorization, sendTo } from '../../wire/ways-in.ts'
import { bearer, type Registered, register } from '../registered.ts'
import { goodHost, unworthyHosts } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const good = { host: goodHost, secret: 'key', target: '/json' }

/** A sandbox from elsewhere, whose token and values go through every way in. */
export const waysIn: Door = {
  name: 'a sandbox from elsewhere by every way in, with its token in right and wrong places',
  async walk(stage) {
    const inline = { STRIPE_SECRET_KEY: stage.values.inline.value }
    const [sandbox, other] = [
      await register(stage, { secrets: { KEY: 'key' }, credentials: inline }),
      await register(stage, { secrets: { KEY: 'key' } }),
    ]
    const { token } = sandbox.sandbox
    const served = await sandbox.sendByEach({ ...good, headers: [bearer(sandbox)] })
    assert.deepEqual(
      served.map(({ status }) => status),
      doorWays.map(() => 200),
    )

    // Without a token, the placeholder says who is calling where it may.
    await sandbox.sendByEach({ ...good, headers: [bearer(sandbox)] }, null)
    const before = stage.services.good.requests.length
    const { id } = sandbox.sandbox
    for (const wrong of [other.sandbox.token, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`])
      await sandbox.sendByEach({ ...good, headers: [bearer(sandbox)] }, { id, token: wrong })
    for (const target of ['/json?key=KEY', '/KEY', '/a/../KEY', '/%zzKEY'])
      await sandbox.sendByEach({ ...good, target: target.replace('KEY', sandbox.sandbox.connect.env['KEY']!) })
    await sandbox.sendByEach({ ...good, headers: [['Authorization', `Bearer ${token}`]] })
    assert.equal(stage.services.good.requests.length, before, 'something of it went out')
    for (const host of unworthyHosts) await sandbox.sendByEach({ ...good, host, headers: [bearer(sandbox)] })
    await atTheDoor(stage, sandbox)
    for (const {
      sandbox: { id },
    } of [sandbox, other])
      await stage.client.sandboxes.end(id)
    await sandbox.sendByEach({ ...good, headers: [bearer(sandbox)] })
  },
}

/** What is neither a request of a way nor a good one, and the agent door. */
async function atTheDoor(stage: Stage, { sandbox }: Registered): Promise<void> {
  const { hostname, port } = new URL(stage.doors.proxyUrl)
  const door = { host: hostname, port }
  const { id, token } = sandbox
  const identity = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  for (const [options, host, target, fields] of [
    [door, 'localhost', `/as/${id}.${token}/-/self`, []],
    [door, 'localhost', `/as/${id}.${token}/-/nothing/${token}`, []],
    [door, 'localhost', `/as/${id}.${token}/unknown/${token}?${token}`, []],
    [door, 'localhost', `/as/${token}.${id}/key/json`, []],
    [door, 'localhost', `/as/${id}.${token}%zz/key/json`, []],
    [door, 'localhost', `/${token}`, []],
    [door, 'localhost', `/v1/sandboxes/${id}?token=${token}`, ['Authorization', `Bearer ${token}`]],
    [door, `${token}.localhost`, '/json', identity],
    [door, goodHost, `https://${id}:${token}@${goodHost}/json`, []],
    [{ ...door, localAddress: '192.0.2.1' }, goodHost, `https://${goodHost}/json`, identity],
  ] as const) {
    const received = await sendTo(options, {}, host, target, fields).catch((error: unknown) => String(error))
    stage.hear(`door ${target}`, JSON.stringify(received))
  }
  for (const bytes of [
    `CONNECT ${goodHost}:443 HTTP/1.1\r\nHost: ${goodHost}:443\r\nProxy-Authorization: Basic ${token}\r\n\r\n`,
    `GET /as/${id}.${token}/key HTTP/1.1\r\nBad Field: ${token}\r\n\r\n`,
    `${token}\r\n\r\n`,
    `CONNECT ${token}:443 HTTP/1.1\r\nHost: ${token}\r\n\r\n`,
  ]) {
    stage.hear('bytes to the door', await sendBytes(hostname, Number(port), bytes))
  }
}

async function sendBytes(host: string, port: number, bytes: string): Promise<Buffer> {
  const socket = connect(port, host)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  // A refused CONNECT may be repeated on its connection, which the broker therefore keeps open.
  await Promise.race([once(socket, 'close'), delay(500)])
  socket.destroy()
  return Buffer.concat(chunks)
}
