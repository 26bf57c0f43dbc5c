import assert from 'node:assert/strict'
import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import type { DnsSinkholeOptions } from './dns-sinkhole.ts'
import { startDnsSinkhole } from './dns-sinkhole.ts'
import { NameTable } from './name-table.ts'

/** A sinkhole on loopback, as a gateway's sockets would lead to it. */
class TestSinkhole implements AsyncDisposable {
  readonly refused: [name: string, type: number, unreported: number][] = []
  readonly names = new NameTable('198.18.0.0/15')
  readonly #sockets = new Set<Socket>()
  readonly #clients: DatagramSocket[] = []
  #datagrams: DatagramSocket = createSocket('udp4')
  #streams: Server = createServer()
  readonly resolver = new Resolver({ timeout: 2_000, tries: 1 })
  port = 0

  static async start(options: Partial<DnsSinkholeOptions> = {}): Promise<TestSinkhole> {
    const self = new TestSinkhole()
    self.#streams.listen(0, '127.0.0.1')
    await once(self.#streams, 'listening')
    self.port = (self.#streams.address() as AddressInfo).port
    self.#datagrams.bind(self.port, '127.0.0.1')
    await once(self.#datagrams, 'listening')
    self.resolver.setServers([`127.0.0.1:${self.port}`])
    startDnsSinkhole(
      { dnsDatagrams: self.#datagrams, dnsStreams: self.#streams },
      {
        names: self.names,
        isAllowed: (host) => host === 'api.example.com' || host === 'b.example.com',
        onRefused: (...refusal) => self.refused.push(refusal),
        ...options,
      },
    )
    return self
  }

  /** One datagram and its answer, in hex. */
  async ask(message: Buffer): Promise<string> {
    const client = createSocket('udp4')
    this.#clients.push(client)
    client.send(message, this.port, '127.0.0.1')
    const [answer] = await once(client, 'message')
    return answer.toString('hex')
  }

  async stream(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1').on('error', () => {})
    this.#sockets.add(socket)
    await once(socket, 'connect')
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resolver.cancel()
    for (const socket of this.#sockets) socket.destroy()
    for (const client of this.#clients) client.close()
    this.#datagrams.close()
    this.#streams.close()
    await once(this.#streams, 'close')
  }
}

function query(name: string, type = 1, flags = '0100', kind = 1): Buffer {
  const parts = name === '' ? [] : name.split('.')
  const labels = parts.flatMap((label) => [Uint8Array.of(label.length), Buffer.from(label, 'latin1')])
  const end = Buffer.from([0, type >> 8, type & 255, 0, kind])
  return Buffer.concat([Buffer.from(`1234${flags}0001000000000000`, 'hex'), ...labels, end])
}

const framed = (message: Buffer) => Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 255), message])

test('an allowed name has its synthetic address, in whatever letters it is asked for (R-09)', async () => {
  await using sinkhole = await TestSinkhole.start()
  assert.deepEqual(await sinkhole.resolver.resolve4('api.example.com'), ['198.18.0.1'])
  assert.deepEqual(await sinkhole.resolver.resolve4('B.Example.com'), ['198.18.0.2'])
  assert.deepEqual(await sinkhole.resolver.resolve4('API.EXAMPLE.COM.'), ['198.18.0.1'])
  assert.equal(sinkhole.names.nameOf('198.18.0.2'), 'b.example.com')
  assert.deepEqual(sinkhole.refused, [])
})

for (const [name, type] of [
  ['AAAA', 28],
  ['HTTPS', 65],
  ['SVCB', 64],
  ['TXT', 16],
  ['NULL', 10],
  ['ANY', 255],
  ['NS', 2],
  ['MX', 15],
] as const) {
  test(`an allowed name has no ${name} record, and a refused one does not exist (R-120)`, async () => {
    await using sinkhole = await TestSinkhole.start()
    const allowed = query('api.example.com', type)
    assert.equal(await sinkhole.ask(allowed), `123485800001000000000000${allowed.toString('hex', 12)}`)
    const refused = query('secret-bytes.evil.example', type)
    assert.equal(await sinkhole.ask(refused), `123485830001000000000000${refused.toString('hex', 12)}`)
    assert.deepEqual(sinkhole.refused, [['secret-bytes.evil.example', type, 0]])
    assert.equal(sinkhole.names.addressOf('next.example'), '198.18.0.1')
  })
}

test('a refused name does not exist, and is reported (R-120, AC-15.3)', async () => {
  await using sinkhole = await TestSinkhole.start()
  await assert.rejects(sinkhole.resolver.resolve4('Evil.example'), { code: 'ENOTFOUND' })
  await assert.rejects(sinkhole.resolver.resolve6('x.api.example.com'), { code: 'ENOTFOUND' })
  assert.deepEqual(sinkhole.refused, [
    ['evil.example', 1, 0],
    ['x.api.example.com', 28, 0],
  ])
})

test('names that are no hosts do not exist, and are never asked about (R-08)', async () => {
  const asked: string[] = []
  await using sinkhole = await TestSinkhole.start({ isAllowed: (host) => asked.push(host) > 0 })
  for (const name of ['api\0.example', '1.2.3.4', 'a b', '-a', '']) {
    assert.match(await sinkhole.ask(query(name)), /^12348583/)
  }
  assert.deepEqual(asked, [])
})

test('over TCP, cut anywhere and one after the other', async () => {
  await using sinkhole = await TestSinkhole.start()
  const socket = await sinkhole.stream()
  const questions = Buffer.concat([
    framed(query('api.example.com')),
    framed(query('evil.example')),
    framed(query('b.example.com')),
  ])
  let seen = ''
  socket.on('data', (chunk) => {
    seen += chunk.toString('hex')
  })
  for (const byte of questions) socket.write(Uint8Array.of(byte))
  while (seen.length < 2 * (questions.length + 2 * 16)) await once(socket, 'data')
  assert.match(
    seen,
    /^....123485800001000100000000.*c612000100..123485830001000000000000.*123485800001000100000000.*c6120002$/,
  )
})

test('a TCP client that sends no question, or too long a one, is cut off', async () => {
  await using sinkhole = await TestSinkhole.start()
  for (const bytes of ['1001', '000b0000000000000000000000', '000c123481000001000000000000']) {
    const socket = await sinkhole.stream()
    socket.resume().write(Buffer.from(bytes, 'hex'))
    await once(socket, 'close')
  }
})

test('a TCP client that asks and never reads is cut off', async () => {
  await using sinkhole = await TestSinkhole.start()
  const socket = await sinkhole.stream()
  const burst = Buffer.concat(Array.from({ length: 2_000 }, () => framed(query('api.example.com'))))
  socket.pause()
  for (let round = 0; round < 2_000 && !socket.destroyed; round += 1) {
    if (!socket.write(burst)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
  }
  assert.ok(socket.destroyed)
})

test('malformed datagrams are answered as such, or not at all, and the next question is answered', async () => {
  await using sinkhole = await TestSinkhole.start()
  assert.equal(
    await sinkhole.ask(Buffer.from('123401000001000000000000c00c00010001', 'hex')),
    '123484810000000000000000',
  )
  assert.match(await sinkhole.ask(query('api.example.com', 1, '2900')), /^1234ad84/)
  assert.match(await sinkhole.ask(query('api.example.com', 1, '0100', 3)), /^12348585/)
  const client = createSocket('udp4')
  for (const bytes of ['', '00', '123481000001000000000000'])
    client.send(Buffer.from(bytes, 'hex'), sinkhole.port, '127.0.0.1')
  assert.deepEqual(await sinkhole.resolver.resolve4('api.example.com'), ['198.18.0.1'])
  client.close()
})

test('a decision that fails is a refusal (R-56)', async () => {
  await using sinkhole = await TestSinkhole.start({
    isAllowed: () => {
      throw new Error('no')
    },
  })
  await assert.rejects(sinkhole.resolver.resolve4('api.example.com'), { code: 'ESERVFAIL' })
})

test('a full table gives no address', async () => {
  await using sinkhole = await TestSinkhole.start({ isAllowed: () => true })
  for (let index = 0; index < 4_096; index += 1) sinkhole.names.addressOf(`host-${index}.example`)
  await assert.rejects(sinkhole.resolver.resolve4('one-more.example'), { code: 'ESERVFAIL' })
  assert.deepEqual(await sinkhole.resolver.resolve4('host-7.example'), ['198.18.0.8'])
})

test('refusals beyond 50 in a second are counted instead of reported', async () => {
  let nowMs = 5_000
  const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
  await using sinkhole = await TestSinkhole.start({ clock })
  for (let index = 0; index < 60; index += 1) await sinkhole.ask(query(`name-${index}.example`))
  assert.equal(sinkhole.refused.length, 50)
  nowMs += 1_000
  await sinkhole.ask(query('later.example'))
  assert.deepEqual(sinkhole.refused.at(-1), ['later.example', 1, 10])
})
