import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import fc from 'fast-check'
import { type ClientHello, parseClientHello } from './client-hello.ts'

/** The first bytes that Node's own TLS client sends. */
async function realHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ ...options, port, host: '127.0.0.1' }).on('error', () => {})
  const [socket] = await once(server, 'connection')
  let seen = Buffer.alloc(0)
  for await (const chunk of socket) {
    seen = Buffer.concat([seen, chunk])
    if (parseClientHello(seen) !== 'incomplete') break
  }
  client.destroy()
  server.close()
  return seen
}

function uint(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}

function vector(lengthBytes: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([uint(body.length, lengthBytes), body])
}

const extension = (type: number, ...content: Uint8Array[]) => Buffer.concat([uint(type, 2), vector(2, ...content)])
const hostName = (name: string | Uint8Array) =>
  Buffer.concat([Uint8Array.of(0), vector(2, Buffer.from(name as string))])
const serverNames = (...entries: Uint8Array[]) => extension(0, vector(2, ...entries))
const alpn = (...names: string[]) => extension(16, vector(2, ...names.map((name) => vector(1, Buffer.from(name)))))

/** A hello message with these extensions. */
function message(...extensions: Uint8Array[]): Buffer {
  return Buffer.concat([
    Uint8Array.of(1),
    vector(
      3,
      ...[uint(0x0303, 2), Buffer.alloc(32, 7), vector(1, Buffer.alloc(32, 9)), vector(2, uint(0x1301, 2))],
      ...[vector(1, Uint8Array.of(0)), ...(extensions.length === 0 ? [] : [vector(2, ...extensions)])],
    ),
  ])
}

/** Cuts a message into records of so many bytes. */
function records(content: Buffer, size = 2 ** 14): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0; offset < content.length; offset += size) {
    parts.push(Buffer.concat([Uint8Array.of(22, 3, 1), vector(2, content.subarray(offset, offset + size))]))
  }
  return Buffer.concat(parts)
}

const helloOf = (...extensions: Uint8Array[]) => parseClientHello(records(message(...extensions)))

test('the hello of a real client', async () => {
  const hello = await realHello({ servername: 'API.example.com', ALPNProtocols: ['h2', 'http/1.1'] })
  const expected: ClientHello = { serverName: 'api.example.com', ech: false, alpn: ['h2', 'http/1.1'] }
  assert.deepEqual(parseClientHello(hello), expected)
})

test('the hello of a real client that names no server', async () => {
  assert.deepEqual(parseClientHello(await realHello({ servername: '' })), { ech: false, alpn: [] })
})

test('a hello is incomplete until its last byte, wherever it is cut', async () => {
  const hello = await realHello({ servername: 'api.example.com' })
  for (let length = 0; length < hello.length; length += 1) {
    assert.equal(parseClientHello(hello.subarray(0, length)), 'incomplete')
  }
})

test('a hello in many records, and one of several kilobytes', () => {
  const padding = extension(21, Buffer.alloc(5_000))
  const content = message(serverNames(hostName('api.example.com')), padding)
  for (const size of [100, 1_000, 5_000, 2 ** 14]) {
    assert.deepEqual(parseClientHello(records(content, size)), { serverName: 'api.example.com', ech: false, alpn: [] })
  }
  assert.equal(parseClientHello(records(content, 1)), 'malformed')
})

test('bytes after the hello belong to the connection', () => {
  const bytes = Buffer.concat([records(message(serverNames(hostName('a.example')))), Uint8Array.of(20, 3, 3, 0, 1, 1)])
  assert.deepEqual(parseClientHello(bytes), { serverName: 'a.example', ech: false, alpn: [] })
})

test('a hello without extensions', () => {
  assert.deepEqual(helloOf(), { ech: false, alpn: [] })
})

test('an encrypted hello is reported, real or not, and the outer name stands', () => {
  for (const type of [0xfe0d, 0xffce]) {
    const hello = helloOf(serverNames(hostName('public.example')), extension(type, Buffer.alloc(200)))
    assert.deepEqual(hello, { serverName: 'public.example', ech: true, alpn: [] })
  }
})

for (const opening of ['GET / HTTP/1.1\r\n', 'SSH-2.0-OpenSSH', '\x80\x2e\x01\x03', '\0\0\0\x08', '\x15\x03\x01']) {
  test(`${JSON.stringify(opening)} is not TLS`, () =>
    assert.equal(parseClientHello(Buffer.from(opening, 'latin1')), 'not-tls'))
}

const good = serverNames(hostName('api.example.com'))
const malformed: readonly [name: string, bytes: Buffer][] = [
  ['two server names', records(message(serverNames(hostName('a.example'), hostName('b.example'))))],
  ['the server name extension twice', records(message(good, good))],
  ['another extension twice', records(message(good, alpn('h2'), alpn('http/1.1')))],
  ['an address as server name', records(message(serverNames(hostName('10.0.0.1'))))],
  ['an IPv6 address as server name', records(message(serverNames(hostName('::1'))))],
  ['an address in another notation as server name', records(message(serverNames(hostName('0x7f.1'))))],
  ['NUL in the server name (R-08)', records(message(serverNames(hostName('evil.example\0.example.com'))))],
  ['a space in the server name (R-08)', records(message(serverNames(hostName('api.example.com '))))],
  ['a tab in the server name (R-08)', records(message(serverNames(hostName('api.exam\tple.com'))))],
  ['an encoded NUL in the server name (R-08)', records(message(serverNames(hostName('evil.example%00.example.com'))))],
  ['a backslash in the server name (R-08)', records(message(serverNames(hostName('evil.example\\.example.com'))))],
  ['a port in the server name (R-05)', records(message(serverNames(hostName('api.example.com:443'))))],
  ['letters outside ASCII in the server name (R-09)', records(message(serverNames(hostName('bücher.de'))))],
  [
    'one byte outside ASCII in the server name',
    records(message(serverNames(hostName(Buffer.from('b\xfccher.de', 'latin1'))))),
  ],
  ['an empty server name', records(message(serverNames(hostName(''))))],
  ['an empty list of server names', records(message(serverNames()))],
  [
    'a server name of another type',
    records(message(serverNames(Buffer.concat([Uint8Array.of(1), vector(2, Buffer.from('a'))])))),
  ],
  [
    'bytes after the list of server names',
    records(message(extension(0, vector(2, hostName('a.example')), Uint8Array.of(0)))),
  ],
  ['a list of server names that is too short', records(message(extension(0, uint(3, 2), hostName('a.example'))))],
  ['an empty list of protocols', records(message(alpn()))],
  ['an empty protocol', records(message(alpn('h2', '')))],
  ['an extension that ends too early', records(message(Uint8Array.of(0, 0, 0)))],
  ['another handshake message', records(Buffer.concat([Uint8Array.of(2), vector(3, Buffer.alloc(40))]))],
  ['a message after the hello in its record', records(Buffer.concat([message(good), Uint8Array.of(0, 0, 0, 0)]))],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
  ['a record that is too long', Buffer.from([22, 3, 1, 0x40, 1])],
  ['a record of another version', Buffer.from([22, 2, 0, 0, 10])],
  [
    'another record before the end of the hello',
    Buffer.concat([
      records(message(good))
        .subarray(0, 5 + 10)
        .with(4, 10),
      Buffer.from([23]),
    ]),
  ],
  ['a hello that says it is longer than the limit', Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])],
  ['a hello with a version before TLS', records(message(good).with(4, 2) as Buffer)],
]

for (const [name, bytes] of malformed) {
  test(`a hello with ${name} is malformed`, () => assert.equal(parseClientHello(bytes), 'malformed'))
}

test('a client that sends byte after byte is not waited for beyond the limit', () => {
  const endless = Buffer.concat(Array.from({ length: 65 }, () => Buffer.from([22, 3, 1, 0, 1, 1])))
  assert.equal(parseClientHello(endless), 'malformed')
  const long = records(Buffer.concat([Uint8Array.of(1), uint(60_000, 3), Buffer.alloc(59_000)]))
  assert.equal(parseClientHello(long), 'incomplete')
})

test('no bytes make the parser throw, and a changed byte never makes a name that is no host', async () => {
  const hello = await realHello({ servername: 'api.example.com', ALPNProtocols: ['h2'] })
  const changes = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 6 })
  const changed = changes.map((edits) => {
    const copy = Buffer.from(hello)
    for (const [index, value] of edits) copy[index] = value
    return copy
  })
  const prefixed = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from([22, 3, 1]), bytes]))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), prefixed, changed), (bytes) => {
      const result = parseClientHello(bytes)
      if (typeof result === 'string') return
      assert.match(result.serverName ?? 'none', /^[a-z0-9_.-]+$/)
    }),
    { numRuns: 5_000 },
  )
})
