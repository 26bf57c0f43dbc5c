import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { ProtocolError } from '../protocol-error.ts'
import { terminated } from './body-reader.ts'
import { capability, furtherCapabilities, offeredCapabilities, serviceCapabilities } from './capabilities.ts'
import { ownGreeting, readGreeting } from './greeting.ts'
import { type HandshakeResponse, handshakeResponse, isTlsWish, readHandshakeResponse } from './handshake-response.ts'
import { okWithoutText } from './ok-packet.ts'
import { ServiceRefusal } from './service-refusal.ts'

const nonce = Buffer.from('01234567890123456789')
const everything = 0xffff_ffff
const greeting = {
  version: Buffer.from('5.5.5-11.8.0-MariaDB'),
  threadId: 0x1234_5678,
  capabilities: everything & ~capability.notMariaDb,
  charset: 45,
  status: 2,
  reserved: Buffer.from('000000000000ffffffff', 'hex'),
  nonce: Buffer.alloc(20),
  plugin: '',
}
const response: HandshakeResponse = {
  capabilities: capability.protocol41 | capability.sizedLogin | capability.secureLogin | capability.pluginLogin,
  maxPacket: 16_777_216,
  charset: 45,
  reserved: Buffer.alloc(23),
  answer: Buffer.alloc(20, 7),
  database: '',
  plugin: 'mysql_native_password',
  attributes: Buffer.alloc(0),
}

test('MY-08: a client is offered what the service has, but for what is never on either side', () => {
  const offered = readGreeting(ownGreeting(greeting, nonce, false, false))
  assert.deepEqual(
    [offered.version, offered.threadId, offered.charset, offered.status, offered.nonce, offered.plugin],
    [greeting.version, greeting.threadId, 45, 2, nonce, 'caching_sha2_password'],
  )
  const missing = [5, 7, 11, 26, 28].reduce((sum, bit) => sum + 2 ** bit, 1)
  assert.equal(offered.capabilities, everything - missing)
  // Further ones of MariaDB, but for several commands in one packet.
  assert.equal(offered.reserved.toString('hex'), '000000000000fdffffff')
  assert.notEqual(readGreeting(ownGreeting(greeting, nonce, true, false)).capabilities & capability.tls, 0)
  assert.equal(offeredCapabilities(everything, true, true) & capability.multiStatements, 0)
})

test('MY-08: both sides are told the same, and nothing that only one of them has', () => {
  const { compress, zstd, localFiles, furtherFactors, tls, database } = capability
  const decided = compress | zstd | localFiles | furtherFactors | tls | database
  for (let round = 0; round < 200; round += 1) {
    const [client, service] = [randomInt(2 ** 32), randomInt(2 ** 32)]
    const told = serviceCapabilities(client, service, false)
    assert.equal(told & decided, 0)
    assert.equal(told & ~service & ~capability.notMariaDb, 0)
    const login =
      capability.notMariaDb |
      capability.protocol41 |
      capability.secureLogin |
      capability.pluginLogin |
      capability.sizedLogin
    assert.equal((told ^ (client & service)) & ~decided & ~login, 0)
  }
  const known = furtherCapabilities(Buffer.from('ffffffff', 'hex'), Buffer.from('000f000000', 'hex'))
  assert.equal(known.toString('hex'), '0d000000')
})

test('an answer to a greeting is read as it was written', () => {
  const { database, attributes } = capability
  const full: HandshakeResponse = {
    ...response,
    capabilities: response.capabilities | database | attributes,
    database: 'Läden',
    attributes: Buffer.from('\x04\x01a\x01b'),
  }
  for (const each of [response, full]) assert.deepEqual(readHandshakeResponse(handshakeResponse(each, 'me')), each)
  const wish = Buffer.alloc(32)
  wish.writeUInt32LE(capability.tls | capability.protocol41)
  assert.deepEqual(
    [isTlsWish(wish), isTlsWish(Buffer.alloc(32)), isTlsWish(Buffer.concat([wish, wish]))],
    [true, false, false],
  )
})

test('whatever a side says, it is read or it is no protocol', () => {
  const honest = [
    handshakeResponse({ ...response, capabilities: response.capabilities | capability.attributes }, 'me'),
    ownGreeting(greeting, nonce, true, false),
    Buffer.from('00fefffffffffffffffffe0000000000000000020000000161', 'hex'),
  ]
  const readers = [readHandshakeResponse, readGreeting, (body: Buffer) => okWithoutText(body, everything)]
  for (let round = 0; round < 3_000; round += 1) {
    const body = Buffer.from(honest[round % 3]!.subarray(0, randomInt(1, 100)))
    for (let change = randomInt(3); change > 0; change -= 1) body[randomInt(body.length)] = randomBytes(1)[0]!
    for (const read of readers) {
      try {
        read(body)
      } catch (error) {
        assert.ok(error instanceof ProtocolError || error instanceof ServiceRefusal, String(error))
      }
    }
  }
})

test('clients and services from before 4.1 are not spoken to', () => {
  const old = handshakeResponse({ ...response, capabilities: 0x8d }, 'me')
  assert.throws(() => readHandshakeResponse(old), ProtocolError)
  assert.throws(() => readGreeting(Buffer.concat([Buffer.of(9), terminated('3.23'), Buffer.alloc(40)])), ProtocolError)
  const early = ownGreeting({ ...greeting, capabilities: 0 }, nonce, false, false)
  const at = early.indexOf(0) + 14
  early.writeUInt16LE(0, at)
  assert.throws(() => readGreeting(early), ProtocolError)
})

test('the word that a login is done keeps all but its text', () => {
  const head = Buffer.from('00000002400000', 'hex')
  const text = Buffer.from('\x01made of the password')
  assert.deepEqual(okWithoutText(Buffer.concat([head, text]), 0), head)
  const state = Buffer.from('\x05state')
  const sized = Buffer.concat([head, Buffer.of(text.length), text, state])
  assert.deepEqual(okWithoutText(sized, capability.sessionTrack), Buffer.concat([head, Buffer.of(0), state]))
  assert.deepEqual(okWithoutText(head, capability.sessionTrack), head)
})
