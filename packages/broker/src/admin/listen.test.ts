import assert from 'node:assert/strict'
import { chmodSync, existsSync, linkSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { type FakeServices, fakeServices } from './fake-services.suite.ts'
import { lateAdmin } from './late-admin.ts'
import { type AdminListener, listenOnSocket } from './listen.ts'

let directory = ''
let socketPath = ''
let services: FakeServices
const opened: AdminListener[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coatcheck-run-'))
  socketPath = join(directory, 'broker.sock')
  services = fakeServices()
})
afterEach(async () => {
  for (const listener of opened.splice(0)) await listener.close()
  rmSync(directory, { recursive: true, force: true })
})

async function open(): Promise<AdminListener> {
  const listener = await listenOnSocket(lateAdmin(services).listener({}), socketPath)
  opened.push(listener)
  return listener
}

const refuses = (code: ProblemCode, reason: RegExp) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === code && reason.test(error.message)

function get(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    sent.once('error', reject).end()
  })
}

/** Opens a lease and resolves with the way to drop it, once the broker has answered. */
function openLease(id: string): Promise<{ text(): string; drop(): void; readonly over: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: `/v1/sandboxes/${id}/lease` }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      const over = new Promise<void>((done) => response.once('close', done))
      response.on('error', () => undefined)
      resolve({ text: () => text, drop: () => sent.destroy(), over })
    })
    sent.once('error', reject).end()
  })
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !holds(); attempt++) await sleep(25)
  assert.ok(holds())
}

test('R-98: the socket is its owner’s alone, whatever the umask', async () => {
  const previous = process.umask(0)
  try {
    await open()
    assert.equal(statSync(socketPath).mode & 0o777, 0o600)
    assert.equal(process.umask(), 0)
  } finally {
    process.umask(previous)
  }
  assert.equal(await get('/healthz'), 200)
})

test('R-105: the management API opens no port', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
  await open()
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length, before)
})

test('a request with an Origin field is refused on the wire as well', async () => {
  await open()
  assert.equal(await get('/v1/secrets', { origin: 'http://localhost' }), 403)
})

test('a request without a Host field, or with a strange one, does no harm', async () => {
  await open()
  assert.equal(await get('/healthz', { host: 'evil.example' }), 200)
  assert.equal(await get('/healthz', { host: 'a b' }), 400)
})

test('a folder that others may enter is refused', async () => {
  chmodSync(directory, 0o750)
  await assert.rejects(open(), refuses('home_unusable', /may enter/))
  assert.ok(!existsSync(socketPath))
})

test('a folder that is a symbolic link is refused', async () => {
  const link = `${directory}-link`
  symlinkSync(directory, link)
  try {
    await assert.rejects(
      listenOnSocket(lateAdmin(services).listener({}), join(link, 's')),
      refuses('home_unusable', /not a folder/),
    )
  } finally {
    rmSync(link)
  }
})

test('a path too long for a socket is refused with a reason', async () => {
  socketPath = join(directory, 'x'.repeat(120))
  await assert.rejects(open(), refuses('home_unusable', /longer than/))
})

test('a broker that answers is left alone', async () => {
  await open()
  await assert.rejects(open(), refuses('home_in_use', /broker\.sock/))
  assert.equal(await get('/healthz'), 200)
})

test('a socket that nobody listens on any more is replaced', async () => {
  await leaveStaleSocket(socketPath)
  assert.ok(statSync(socketPath).isSocket())
  await open()
  assert.equal(await get('/healthz'), 200)
})

test('a file in the place of the socket is not touched', async () => {
  writeFileSync(socketPath, 'mine')
  await assert.rejects(open(), refuses('home_unusable', /not a socket/))
  assert.ok(existsSync(socketPath))
})

test('the socket is removed when the door closes', async () => {
  const listener = await open()
  await listener.close()
  assert.ok(!existsSync(socketPath))
})

test('a lease holds the sandbox until the client goes away', async () => {
  await open()
  const { id } = await services.sandboxes.create('default', {})
  const lease = await openLease(id)
  await eventually(() => lease.text().includes('event: open'))
  assert.equal(services.sandboxes.get('default', id).status, 'active')
  lease.drop()
  await eventually(() => services.sandboxes.get('default', id).status === 'ended')
})

test('a lease tells what was refused, once, and ends with the sandbox', async () => {
  await open()
  const { id } = await services.sandboxes.create('default', {})
  const lease = await openLease(id)
  const denied = { project: 'default', sandbox: id, host: 'pastebin.com', kind: 'connection.refused' } as const
  await services.auditLog.append({ ...denied, id: 'con_1', code: 'destination_denied' })
  await services.auditLog.append({ ...denied, id: 'con_2', sandbox: 'sbx_other', host: 'other.example' })
  await eventually(() => lease.text().includes('pastebin.com'))
  await services.auditLog.append({ ...denied, id: 'con_3', host: 'last.example' })
  await services.sandboxes.end('default', id)
  await lease.over
  assert.equal(lease.text().match(/event: refused/g)?.length, 2)
  assert.match(lease.text(), /last\.example.*event: ended/s)
  assert.doesNotMatch(lease.text(), /other\.example/)
})

test('a broker that closes its door ends what is leased', async () => {
  const listener = await open()
  const { id } = await services.sandboxes.create('default', {})
  const lease = await openLease(id)
  await eventually(() => lease.text().includes('event: open'))
  await listener.close()
  await lease.over
  await eventually(() => services.sandboxes.get('default', id).status === 'ended')
})

/** Binds a socket and lets another name for it survive the one that is removed on closing. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}.first`, resolve))
  linkSync(`${path}.first`, path)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  await new Promise<void>((resolve) => connect(path).once('error', () => resolve()))
}
