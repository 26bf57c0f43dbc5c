import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { runToEnd } from '../fixtures/finished-process.ts'
import { poll } from '../wire/poll.ts'
import { type GrpcScene, grpcWays, openGrpcScene, other } from './grpc-scene.ts'

const mebibyte = 1_048_576
let scene: GrpcScene

before(async () => {
  scene = await openGrpcScene()
})
after(() => scene[Symbol.asyncDispose]())

for (const way of grpcWays) {
  test(`AC-13.1, AC-2.3: a unary call ${way} has its metadata, the secret, a head and trailers`, async () => {
    const caller = await scene.open({ way })
    const bytes = Buffer.from([1, 0, 254])
    const {
      messages,
      head,
      status: end,
    } = await caller.ask('echo', 'hello', { 'x-trace': 'a b', 'x-trace-bin': bytes }).ended
    assert.deepEqual([messages, end.code, end.details], [['hello'], status.OK, 'OK'])
    assert.deepEqual(head?.get('x-head'), ['a b'])
    assert.deepEqual(
      [end.metadata.get('x-count'), end.metadata.get('x-tail-bin')],
      [['1'], [Buffer.from([0, 255, 10])]],
    )
    const { metadata } = scene.service.calls.at(-1)!
    assert.deepEqual(metadata.get('authorization'), [`Bearer ${scene.keys.api}`])
    assert.deepEqual(metadata.get('x-trace-bin'), [bytes])
    assert.match(metadata.get('user-agent').join(), /^grpc-node-js\//)
  })

  test(`AC-13.1: streams of the client, of the service and of both ${way} go through`, async () => {
    const caller = await scene.open({ way })
    const up = caller.collect()
    for (const piece of ['one ', 'two ', 'three']) up.call.write(Buffer.from(piece))
    up.call.end()
    const collected = await up.ended
    assert.deepEqual([collected.messages, collected.status.metadata.get('x-count')], [['one two three'], ['3']])

    const down = await caller.listen('expand', '300').ended
    assert.deepEqual(
      down.messages,
      Array.from({ length: 300 }, (_, index) => `message ${index}`),
    )
    assert.deepEqual([down.status.code, down.status.metadata.get('x-count')], [status.OK, ['300']])

    const both = caller.chat()
    for (const word of ['a', 'b', 'c']) {
      both.call.write(Buffer.from(word))
      const [message] = (await once(both.call, 'data')) as [Buffer]
      assert.equal(message.toString(), `got ${word}`)
    }
    both.call.end()
    assert.equal((await both.ended).status.code, status.OK)
  })
}

test('AC-13.1: every status code comes with its words, which may be any text', async () => {
  const caller = await scene.open()
  const codes = Object.values(status).filter((value) => typeof value === 'number' && value !== status.OK)
  for (const code of codes) {
    const { status: end } = await caller.ask('fail', String(code)).ended
    assert.deepEqual([end.code, end.details], [code, 'as it was asked for: 100 % ✓'])
    assert.deepEqual(end.metadata.get('x-count'), ['0'])
  }
  assert.equal(codes.length, 16)
})

test('AC-13.1: a deadline reaches the service, ends the call on both sides, and leaves the connection alone', async () => {
  const caller = await scene.open()
  const deadline = Date.now() + 400
  const { status: end } = await caller.ask('wait', '', {}, { deadline }).ended
  assert.equal(end.code, status.DEADLINE_EXCEEDED)
  const served = scene.service.calls.at(-1)!
  assert.ok(Math.abs(served.deadline - deadline) < 5_000)
  await served.cancelled
  assert.equal((await caller.ask('echo', 'still here').ended).status.code, status.OK)
})

test('AC-13.1: a call that the client cancels is cancelled at the service', async () => {
  const caller = await scene.open()
  const before = scene.service.calls.length
  const single = caller.ask('wait', '')
  await poll(async () => scene.service.calls[before])
  single.call.cancel()
  assert.equal((await single.ended).status.code, status.CANCELLED)
  await scene.service.calls[before]!.cancelled

  const both = caller.chat()
  both.call.write(Buffer.from('a'))
  await once(both.call, 'data')
  both.call.cancel()
  assert.equal((await both.ended).status.code, status.CANCELLED)
  await scene.service.calls.at(-1)!.cancelled
})

test('AC-13.1: a stream that the service breaks off says why, after what was sent before', async () => {
  const caller = await scene.open()
  const { messages, status: end } = await caller.listen('breakOff', '').ended
  assert.deepEqual([messages, end.code, end.details], [['the beginning'], status.ABORTED, 'no more'])
})

test('AC-13.1: a message of 4 MiB comes back as it went, compressed or not', async () => {
  const message = Buffer.concat([randomBytes(2 * mebibyte), Buffer.alloc(2 * mebibyte, 'and again ')])
  const limit = { 'grpc.max_receive_message_length': -1 }
  for (const options of [limit, { ...limit, 'grpc.default_compression_algorithm': 2 }]) {
    const caller = await scene.open({ options })
    const { messages, status: end } = await caller.ask('echo', message).ended
    assert.equal(end.code, status.OK, end.details)
    assert.ok(Buffer.from(messages[0] ?? '', 'latin1').equals(message))
  }
})

test('SEC-16: many calls at a time on one connection get the answers to their own questions', async () => {
  const caller = await scene.open()
  const words = Array.from({ length: 250 }, (_, index) => `question ${index}`)
  const answers = await Promise.all(words.map((word) => caller.ask('echo', word).ended))
  assert.deepEqual(
    answers.map(({ messages }) => messages[0]),
    words,
  )
})

test('R-60: a placeholder of another host is refused as gRPC says it, and nothing arrives', async () => {
  const caller = await scene.open({ host: other })
  const before = scene.service.calls.length
  const { messages, status: end } = await caller.ask('echo', 'hello').ended
  assert.deepEqual([messages, end.code], [[], status.PERMISSION_DENIED])
  assert.match(end.details, /^placeholder_wrong_destination: /)
  const streamed = await caller.listen('expand', '3').ended
  assert.equal(streamed.status.code, status.PERMISSION_DENIED)
  const twice = await (await scene.open()).ask('echo', 'hello', { 'x-again': scene.inside.placeholder('API_KEY') })
    .ended
  assert.match(twice.status.details, /^placeholder_undeclared_place: /)
  assert.equal(scene.service.calls.length, before)
})

test('W2: so is one for a host that nobody allowed', async () => {
  const caller = await scene.open({ host: 'elsewhere.clients.test' })
  const before = scene.service.calls.length
  const { status: end } = await caller.ask('echo', 'hello').ended
  assert.equal(end.code, status.PERMISSION_DENIED)
  assert.match(end.details, /^placeholder_wrong_destination: /)
  assert.equal(scene.service.calls.length, before)
})

test('AC-2.1: a program that knows the exported environment alone is served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-grpc-'))
  try {
    const roots = join(folder, 'roots.pem')
    writeFileSync(roots, scene.inside.sandbox.connect.ca)
    const env = {
      ...scene.inside.sandbox.connect.env,
      PATH: process.env['PATH']!,
      HOME: folder,
      https_proxy: scene.proxyUrl,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: roots,
    }
    const program = join(import.meta.dirname, 'inside/grpc.mjs')
    const { code, stdout, stderr } = await runToEnd([process.execPath, program], { env, cwd: folder })
    assert.deepEqual([code, stdout], [0, 'hello\n'], stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('N2: when the grant ends, a call under way ends, and the next one is refused', async () => {
  const inside = await scene.world.createSandbox({ secrets: { API_KEY: 'api' }, from: ['127.0.0.0/8'] })
  const caller = await scene.open({ inside })
  const both = caller.chat()
  both.call.write(Buffer.from('a'))
  await once(both.call, 'data')
  await scene.world.client.sandboxes.detach(inside.sandbox.id, 'API_KEY')
  assert.notEqual((await both.ended).status.code, status.OK)
  await scene.service.calls.at(-1)!.cancelled
  assert.notEqual((await caller.ask('echo', 'hello').ended).status.code, status.OK)
})

test('A2: each call that arrived has one outcome on record, and no record has a key', async () => {
  const events = (await scene.world.events()).map(({ event }) => event)
  const outcomes = events.filter(({ kind }) => kind === 'exchange.completed').map(({ id }) => id)
  assert.equal(outcomes.length, scene.service.calls.length)
  assert.equal(new Set(outcomes).size, outcomes.length)
  const text = JSON.stringify(events)
  for (const secret of [...Object.values(scene.keys), scene.inside.placeholder('API_KEY')])
    assert.ok(!text.includes(secret))
})
