import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PublicKey } from '../../../injection/ssh/public-key.ts'
import { signingKey } from '../../../injection/ssh/signing-key.ts'
import { SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { boolean, message, nameList, string, uint32 } from '../../../injection/ssh/wire-forms.ts'
import { IdentificationReader } from './identification.ts'
import { agreementNames, answerAgreement, startAgreement } from './key-agreement.ts'
import { numbers } from './message-numbers.ts'
import { agree, isStrict, keyInit, readOffer } from './negotiation.ts'
import { PacketCipher } from './packet-cipher.ts'
import { PacketReader } from './packet-reader.ts'
import { PacketWriter } from './packet-writer.ts'
import { Transport } from './transport.ts'

const hostKey = signingKey(generateKeyPairSync('ed25519').privateKey)
const serverProof = { algorithms: ['ssh-ed25519'], key: hostKey }

/** Cuts bytes into pieces. */
type Cut = (bytes: Buffer) => readonly Buffer[]

/** One end of a wire: what is written at it comes out of the other, in pieces. */
class WireEnd extends Duplex {
  readonly written: Buffer[] = []
  other: WireEnd | undefined
  readonly #cut: Cut

  constructor(cut: Cut) {
    super({ allowHalfOpen: true })
    this.#cut = cut
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk)
    for (const piece of this.#cut(chunk)) this.other?.push(piece)
    done()
  }

  override _final(done: () => void): void {
    this.other?.push(null)
    done()
  }
}

interface Ends {
  readonly client: Transport
  readonly server: Transport
  readonly heard: Buffer[]
  readonly faults: (SshFault | undefined)[]
  readonly over: Promise<void>
}

function connected(
  cut: Cut,
  rekeyBytes?: number,
  isKnown: (key: PublicKey) => boolean = ({ blob }) => blob.equals(hostKey.blob),
): Ends {
  const [near, far] = [new WireEnd(cut), new WireEnd(cut)]
  near.other = far
  far.other = near
  const heard: Buffer[] = []
  const faults: (SshFault | undefined)[] = []
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const options = rekeyBytes === undefined ? {} : { rekeyBytes }
  const closed = (fault: SshFault | undefined): void => {
    faults.push(fault)
    resolve()
  }
  const server: Transport = new Transport(
    far as unknown as Socket,
    { ready: () => server.trust(), message: (_type, payload) => server.send(payload), drained() {}, closed },
    { role: 'server', proof: serverProof, ...options },
  )
  const client: Transport = new Transport(
    near as unknown as Socket,
    {
      ready() {
        client.trust()
        for (let index = 0; index < 40; index += 1) client.send(payloadOf(index))
      },
      message(_type, payload) {
        heard.push(Buffer.from(payload))
        if (heard.length === 40) client.end('')
      },
      drained() {},
      closed,
    },
    { role: 'client', proof: { algorithms: ['ssh-ed25519'], isKnown }, ...options },
  )
  return { client, server, heard, faults, over }
}

function payloadOf(index: number): Buffer {
  return message(94, uint32(index), string(Buffer.alloc(index * 97, index)))
}

const whole: Cut = (bytes) => [bytes]
const byByte: Cut = (bytes) => Array.from(bytes, (byte) => Buffer.of(byte))

for (const [name, cut] of [
  ['as they are written', whole],
  ['byte by byte', byByte],
] as const) {
  test(`CO-11: messages come back whole and in order, ${name}`, async () => {
    const { heard, over, faults } = connected(cut)
    await over
    assert.deepEqual(
      heard,
      Array.from({ length: 40 }, (_, index) => payloadOf(index)),
    )
    assert.deepEqual(faults, [undefined])
  })
}

test('CO-11: and however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), async (sizes) => {
      let at = 0
      const cut: Cut = (bytes) => {
        const pieces: Buffer[] = []
        for (let start = 0; start < bytes.length; at += 1) {
          pieces.push(bytes.subarray(start, start + sizes[at % sizes.length]!))
          start += sizes[at % sizes.length]!
        }
        return pieces
      }
      const { heard, over } = connected(cut)
      await over
      assert.equal(heard.length, 40)
    }),
    { numRuns: 15 },
  )
})

test('SS-04: new keys are agreed on over and over, and nothing is lost or turned around', async () => {
  const { heard, over, faults } = connected(whole, 5_000)
  await over
  assert.deepEqual(
    heard,
    Array.from({ length: 40 }, (_, index) => payloadOf(index)),
  )
  assert.deepEqual(faults, [undefined])
})

test('SS-02: a host key that is not known ends it, before anything is said', async () => {
  const { heard, over, faults } = connected(whole, undefined, () => false)
  await over
  assert.match(faults[0]?.message ?? '', /host key is not known/)
  assert.deepEqual(heard, [])
})

test('who has not logged in may not say without end', async () => {
  const [near, far] = [new WireEnd(whole), new WireEnd(whole)]
  near.other = far
  far.other = near
  const { promise, resolve } = Promise.withResolvers<SshFault | undefined>()
  const idle = { message() {}, drained() {} }
  new Transport(
    far as unknown as Socket,
    { ...idle, ready() {}, closed: resolve },
    { role: 'server', proof: serverProof },
  )
  const client: Transport = new Transport(
    near as unknown as Socket,
    {
      ...idle,
      ready() {
        for (let index = 0; index < 5; index += 1) client.send(message(94, Buffer.alloc(30_000)))
      },
      closed() {},
    },
    { role: 'client', proof: { algorithms: ['ssh-ed25519'], isKnown: () => true } },
  )
  assert.match((await promise)?.message ?? '', /before a login/)
})

/** What a server says to bytes of a client. */
async function answerTo(...packets: readonly Buffer[]): Promise<SshFault | undefined> {
  const [near, far] = [new WireEnd(whole), new WireEnd(whole)]
  far.other = near
  near.other = far
  near.resume()
  const { promise, resolve } = Promise.withResolvers<SshFault | undefined>()
  new Transport(
    far as unknown as Socket,
    { ready() {}, message() {}, drained() {}, closed: resolve },
    { role: 'server', proof: serverProof },
  )
  for (const packet of packets) near.write(packet)
  near.end()
  return promise
}

function clear(...messages: readonly Buffer[]): readonly Buffer[] {
  const writer = new PacketWriter()
  return [Buffer.from('SSH-2.0-test\r\n'), ...messages.map((each) => writer.packet(each))]
}

const init = keyInit('client', ['ssh-ed25519'], true)
const share = message(numbers.agreementInit, string(startAgreement('curve25519-sha256').share))
const curveOnly = offerOf(['curve25519-sha256', 'kex-strict-c-v00@openssh.com'])

const early: readonly (readonly [string, readonly Buffer[]])[] = [
  ['before the first offer', [Buffer.of(numbers.ignore, 0, 0, 0, 0), init]],
  ['behind it', [init, Buffer.of(numbers.ignore, 0, 0, 0, 0)]],
  ['for finding faults', [init, Buffer.of(numbers.debug, 0, 0, 0, 0, 0)]],
  ['that is of a service', [init, message(numbers.serviceRequest, string('ssh-userauth'))]],
  ['of a login', [init, message(numbers.authRequest)]],
  ['of extensions', [init, message(numbers.extensions, uint32(0))]],
  ['that begins new keys', [init, Buffer.of(numbers.newKeys)]],
  ['that is a second offer', [init, init]],
  ['that only a server sends', [curveOnly, message(numbers.agreementReply, string(''), string(''), string(''))]],
  ['in the clear behind a share', [curveOnly, share, message(numbers.serviceRequest, string('ssh-userauth'))]],
]

for (const [what, messages] of early) {
  test(`a message ${what} ends a first exchange of keys (CVE-2023-48795)`, async () => {
    const fault = await answerTo(...clear(...messages))
    assert.match(fault?.message ?? '', /wrong time/)
  })
}

const shares: readonly (readonly [string, Buffer])[] = [
  ['that is too short', Buffer.alloc(31, 1)],
  ['that is too long', Buffer.alloc(33, 1)],
  ['of zeros', Buffer.alloc(32)],
  ['of small order', Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex')],
]

for (const [what, bytes] of shares) {
  test(`a share ${what} ends the exchange of keys`, async () => {
    const fault = await answerTo(...clear(curveOnly, message(numbers.agreementInit, string(bytes))))
    assert.match(fault?.message ?? '', /key exchange failed/)
  })
}

const noOffers: readonly (readonly [string, Buffer])[] = [
  ['key exchange', offerOf(['diffie-hellman-group14-sha1'])],
  ['host key', offerOf(['curve25519-sha256'], ['ssh-rsa'])],
  ['cipher', offerOf(['curve25519-sha256'], ['ssh-ed25519'], ['aes128-cbc'])],
  ['compression', offerOf(['curve25519-sha256'], ['ssh-ed25519'], ['aes256-gcm@openssh.com'], ['zlib'])],
]

for (const [what, offer] of noOffers) {
  test(`no ${what} in common ends it`, async () => {
    assert.match((await answerTo(...clear(offer)))?.message ?? '', new RegExp(`no ${what} in common`))
  })
}

test('a client that says without end who it is not is cut off', async () => {
  const line = Buffer.alloc(200, 'x')
  assert.match((await answerTo(line, line))?.message ?? '', /too long/)
  assert.match((await answerTo(Buffer.from('GET / HTTP/1.1\r\n')))?.message ?? '', /not the protocol/)
  assert.match((await answerTo(Buffer.from('SSH-1.5-old\r\n')))?.message ?? '', /not spoken/)
  assert.match((await answerTo(Buffer.from('SSH-2.0-te\0st\r\n')))?.message ?? '', /not spoken/)
})

test('a server may say other lines first, and not for ever', () => {
  const reader = new IdentificationReader(true)
  assert.equal(reader.push(Buffer.from('Welcome\r\nto this place\r\nSSH-2.0-x')), undefined)
  assert.deepEqual(reader.push(Buffer.from(' y\nrest')), { line: 'SSH-2.0-x y', rest: Buffer.from('rest') })
  assert.throws(() => new IdentificationReader(true).push(Buffer.alloc(9_000, 'x\n')), SshFault)
  assert.throws(() => new IdentificationReader(true).push(Buffer.alloc(9_000, 'x')), SshFault)
})

test('whatever bytes a stranger sends, it ends with a fault of ours or with theirs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 }), async (messages) => {
      const fault = await answerTo(...clear(...messages.map((each) => Buffer.from(each))))
      assert.notEqual(fault?.message, 'internal')
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const fault = await answerTo(Buffer.from('SSH-2.0-test\r\n'), Buffer.from(bytes))
      assert.notEqual(fault?.message, 'internal')
    }),
  )
})

test('a packet that was changed anywhere, left out or sent twice is noticed', () => {
  const pair = () =>
    [1, 2].map(() => new PacketCipher('aes256-gcm@openssh.com', Buffer.alloc(32, 7), Buffer.alloc(12, 9)))
  const packets = (): { readonly sealed: Buffer[]; readonly reader: PacketReader } => {
    const [ours, theirs] = pair()
    const [writer, reader] = [new PacketWriter(), new PacketReader()]
    writer.switchTo(ours!)
    reader.switchTo(theirs!)
    return { sealed: [writer.packet(Buffer.from('one')), writer.packet(Buffer.from('two'))], reader }
  }
  for (let at = 4; at < packets().sealed[0]!.length; at += 1) {
    const { sealed, reader } = packets()
    sealed[0]![at]! ^= 1
    reader.push(sealed[0]!)
    assert.throws(() => reader.next(), SshFault)
  }
  const missing = packets()
  missing.reader.push(missing.sealed[1]!)
  assert.throws(() => missing.reader.next(), SshFault)
  const twice = packets()
  twice.reader.push(Buffer.concat([twice.sealed[0]!, twice.sealed[0]!]))
  assert.equal(twice.reader.next()?.toString(), 'one')
  assert.throws(() => twice.reader.next(), SshFault)
})

const lengths: readonly number[] = [0, 4, 7, 11, 35_004, 0x7fff_ffff, 0xffff_ffff]

for (const length of lengths) {
  test(`a packet of ${length} bytes is refused before it is waited for`, () => {
    const reader = new PacketReader()
    reader.push(uint32(length))
    assert.throws(() => reader.next(), SshFault)
  })
}

for (const name of agreementNames()) {
  test(`both sides of ${name} come to know the same`, () => {
    const start = startAgreement(name)
    const { share: theirs, secret } = answerAgreement(name, start.share)
    assert.deepEqual(start.finish(theirs), secret)
    assert.throws(() => answerAgreement(name, start.share.subarray(1)), SshFault)
    assert.throws(() => start.finish(theirs.subarray(1)), SshFault)
  })
}

test('the strict form of the first exchange is offered once, and seen', () => {
  assert.ok(isStrict('server', readOffer(init)))
  assert.equal(isStrict('server', readOffer(keyInit('client', ['ssh-ed25519'], false))), false)
  assert.equal(isStrict('client', readOffer(init)), false)
})

test('a guess that was wrong is dropped, and one that was right is not', () => {
  const guess = (agreement: string) => ({ ...readOffer(offerOf([agreement, 'curve25519-sha256'])), isGuessing: true })
  assert.equal(agree('server', ['ssh-ed25519'], guess('ecdh-sha2-nistp256')).dropsGuess, true)
  assert.equal(agree('server', ['ssh-ed25519'], guess('curve25519-sha256')).dropsGuess, false)
})

function offerOf(
  agreements: readonly string[],
  hostKeys: readonly string[] = ['ssh-ed25519'],
  ciphers: readonly string[] = ['aes256-gcm@openssh.com'],
  compressions: readonly string[] = ['none'],
): Buffer {
  const lists = [
    agreements,
    hostKeys,
    ciphers,
    ciphers,
    ['hmac-sha2-256'],
    ['hmac-sha2-256'],
    compressions,
    compressions,
    [],
    [],
  ]
  return message(numbers.keyInit, Buffer.alloc(16), ...lists.map(nameList), boolean(false), uint32(0))
}
