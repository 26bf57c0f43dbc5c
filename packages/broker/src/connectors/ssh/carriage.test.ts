import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { string, uint32 } from '../../injection/ssh/wire-forms.ts'
import { WireReader } from '../../injection/ssh/wire-reader.ts'
import { Carriage } from './carriage.ts'
import { ChannelSide, readOpened } from './channel-side.ts'
import { numbers } from './transport/message-numbers.ts'
import type { Transport } from './transport/transport.ts'

/** A side that keeps what it is sent. */
function side(room: number, isBackedUp = () => false) {
  const sent: Buffer[] = []
  const transport = {
    send: (payload: Buffer) => void sent.push(payload),
    get isBackedUp() {
      return isBackedUp()
    },
  }
  const channel = new ChannelSide(transport as unknown as Transport, { remote: 7, window: room, maxPacket: 1_024 })
  return { sent, channel }
}

function dataOf(sent: readonly Buffer[]): Buffer {
  return Buffer.concat(sent.filter((each) => each[0] === numbers.channelData).map((each) => each.subarray(9)))
}

function data(bytes: Buffer): WireReader {
  return new WireReader(string(bytes))
}

test('a side may send what the other one takes, and no more', () => {
  const [client, service] = [side(5_000), side(100)]
  new Carriage(client.channel, service.channel).balance()
  assert.deepEqual([client.channel.granted, service.channel.granted], [100, 5_000])
})

test('CO-07: nothing is granted while the other side reads nothing, and never more than lies ready to go', () => {
  let isBackedUp = true
  const [client, service] = [side(0xffff_ffff, () => isBackedUp), side(10)]
  const carriage = new Carriage(client.channel, service.channel)
  carriage.balance()
  assert.equal(service.channel.granted, 0)
  isBackedUp = false
  carriage.balance()
  assert.equal(service.channel.granted, 2_097_152)
})

test('whatever sizes data and windows have, all of it arrives in order, and no window is overrun', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3_000), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4_000 }),
      (sizes, widening) => {
        const [client, service] = [side(widening), side(0)]
        const carriage = new Carriage(client.channel, service.channel)
        carriage.balance()
        const told: Buffer[] = []
        for (const [index, size] of sizes.entries()) {
          for (let rest = size; rest > 0; ) {
            if (service.channel.granted === 0)
              carriage.fromClient(numbers.windowAdjust, new WireReader(uint32(widening)))
            const bytes = Buffer.alloc(Math.min(rest, service.channel.granted), index)
            carriage.fromService(numbers.channelData, data(bytes))
            told.push(bytes)
            rest -= bytes.length
          }
        }
        assert.ok(dataOf(client.sent).equals(Buffer.concat(told)))
        assert.ok(client.sent.every(({ length }) => length <= 1_024 + 9))
        assert.equal(carriage.bytesReceived, Buffer.concat(told).length)
      },
    ),
  )
})

const faulty: readonly (readonly [string, number, () => WireReader])[] = [
  ['more data than the window', numbers.channelData, () => data(Buffer.alloc(101))],
  ['data that is longer than it says', numbers.channelData, () => new WireReader(uint32(50))],
  [
    'data with something behind it',
    numbers.channelData,
    () => new WireReader(Buffer.concat([string('a'), Buffer.of(0)])),
  ],
  ['a window that overflows', numbers.windowAdjust, () => new WireReader(uint32(0xffff_ffff))],
  ['what only a service sends', numbers.extendedData, () => new WireReader(Buffer.concat([uint32(1), string('a')]))],
]

for (const [what, type, reader] of faulty) {
  test(`${what} is a fault`, () => {
    const carriage = new Carriage(side(1_000).channel, side(100).channel)
    carriage.balance()
    assert.throws(() => carriage.fromClient(type, reader()), SshFault)
  })
}

test('SS-04: signals of the client go on, and names that are none do not', () => {
  const [client, service] = [side(10), side(10)]
  const carriage = new Carriage(client.channel, service.channel)
  assert.equal(carriage.signal('TERM'), true)
  assert.ok(service.sent[0]!.includes('signal\0\0\0\0\x04TERM'))
  for (const name of ['', 'term\n', ' X', '-9']) assert.equal(carriage.signal(name), false)
})

test('SS-04: how a command ended goes on, and other requests of a service do not', () => {
  const [client, service] = [side(10), side(10)]
  const carriage = new Carriage(client.channel, service.channel)
  const request = (name: string, ...parts: readonly Buffer[]) =>
    new WireReader(Buffer.concat([string(name), Buffer.of(1), ...parts]))
  carriage.fromService(numbers.channelRequest, request('exit-status', uint32(3)))
  carriage.fromService(
    numbers.channelRequest,
    request('exit-signal', string('KILL'), Buffer.of(0), string(''), string('')),
  )
  const requests = client.sent
    .filter(([type]) => type === numbers.channelRequest)
    .map((each) => each.toString('latin1'))
  assert.deepEqual(requests.length, 2)
  assert.ok(requests[0]!.includes('exit-status\0\0\0\0\x03'))
  carriage.fromService(numbers.channelRequest, request('auth-agent-req@openssh.com'))
  assert.equal(service.sent.at(-1)![0], numbers.channelFailure)
  assert.equal(carriage.fromService(numbers.channelClose, new WireReader(Buffer.alloc(0))), true)
  assert.deepEqual([client.channel.hasSentClose, service.channel.hasSentClose], [true, true])
})

test('a channel whose packets are too small is refused', () => {
  assert.throws(() => readOpened(1, new WireReader(Buffer.concat([uint32(10), uint32(1)]))), SshFault)
})
