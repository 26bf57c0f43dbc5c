import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openHttp2 } from './http2-client.ts'
import { type BodyServices, form, keys, multiplexed, startBodyServices } from './request-bodies-scene.ts'
import { type Inside, openWorld, type Sending, testedPlane, type World } from './world.ts'

const json = ['Content-Type', 'application/json'] as const
const urlencoded = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const multipart = ['Content-Type', 'multipart/form-data; boundary=b1'] as const
const limit = 256 * 1024

let services: BodyServices
let world: World
let inside: Inside

before(async () => {
  services = await startBodyServices()
  world = await openWorld()
  for (const [name, value] of Object.entries(keys)) {
    await world.client.secrets.create({ name, value, scopes: services.scopes() })
  }
  inside = await world.createSandbox({ secrets: { ONE: 'one', TWO: 'two' } })
})
afterEach(() => {
  services.reply = 'ok'
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await services[Symbol.asyncDispose]()
})

const standIn = (): string => inside.placeholder('ONE')
const asJson = (text: string): string => `{ "n": 1.0, "auth": {"user": "me", "token": ${JSON.stringify(text)}} }\n`
const asForm = (text: string): string => `a=%20+&api_key=${encodeURIComponent(text)}&b`
const asPart = (text: string): string => {
  const part = (name: string, content: string) => `Content-Disposition: form-data; ${name}\r\n\r\n${content}\r\n`
  return `--b1\r\n${part('name="api_key"', text)}--b1\r\n${part('name="f"; filename="f"', 'x')}--b1--\r\n`
}

type Part = Pick<Sending, 'body' | 'headers' | 'target' | 'method'>
const post = (part: Part) => inside.send({ host: form, method: 'POST', target: '/submit', ...part })

for (const [what, headers, body] of [
  ['a member of JSON', [json], asJson],
  ['a field of a form', [urlencoded], asForm],
  ['a part of a form', [multipart], asPart],
] as const) {
  test(`W4, AC-4.1: ${what} gets the value with its escapes, and every other byte arrives as it was sent`, async () => {
    const { status } = await post({ headers, body: body(standIn()) })
    assert.equal(status, 200)
    const { text, headers: fields } = services.arrived.at(-1)!
    assert.equal(text, body(keys.one))
    assert.equal(fields['content-length'], String(Buffer.byteLength(text)))
    const { event, decision } = (await world.events()).at(-1)!
    assert.deepEqual([decision, event.secrets], ['allowed', ['one@1']])
  })

  test(`R-60, AC-4.2: with ${what}, a placeholder anywhere beside it is blocked, and so is one that stands alone elsewhere`, async () => {
    const before = services.arrived.length
    const text = standIn()
    const hexadecimal = Buffer.from(text).toString('hex')
    for (const part of [
      { headers, body: body(`x${text}`) },
      {
        headers,
        body: body(text)
          .replace('"n": 1.0', `"n": "${text}"`)
          .replace('a=%20+', `a=${text}`)
          .replace('\r\nx\r\n', `\r\n${text}\r\n`),
      },
      {
        headers,
        body: body(text)
          .replace('"me"', `"${btoa(`  ${text}`)}"`)
          .replace('&b', `&b=${hexadecimal}`)
          .replace('\r\nx\r\n', `\r\n${inside.placeholder('TWO')}\r\n`),
      },
      { headers: [...headers, ['X-Note', text]], body: body(text) },
      { headers, body: body(text), target: `/submit?note=${text}` },
      { headers: [['Content-Type', 'text/plain']], body: body(text) },
      { headers: [], body: body(text) },
      { headers, body: body(text), method: 'GET' },
    ] as const) {
      const { code } = await post(part)
      assert.equal(code, 'placeholder_undeclared_place', JSON.stringify(part))
      assert.equal((await world.events()).at(-1)?.event.kind, 'alarm.raised')
    }
    assert.equal(services.arrived.length, before)
  })
}

test('AC-4.6: two accounts on one host are told apart by the placeholder', async () => {
  await post({ headers: [json], body: asJson(inside.placeholder('TWO')) })
  assert.equal(services.arrived.at(-1)?.text, asJson(keys.two))
})

test('W4: one secret stands in the head and another in the body, and digests of the body that came stay behind', async () => {
  const authorization = ['Authorization', `Bearer ${inside.placeholder('TWO')}`] as const
  const digest = ['Content-MD5', 'Q2hlY2sgSW50ZWdyaXR5IQ=='] as const
  const { status } = await post({ headers: [json, authorization, digest], body: asJson(standIn()) })
  assert.equal(status, 200)
  const { text, headers } = services.arrived.at(-1)!
  assert.deepEqual([text, headers['authorization']], [asJson(keys.one), `Bearer ${keys.two}`])
  assert.equal(headers['content-md5'], undefined)
})

test('a body without a placeholder goes out as it is, again and again, and with one it gets the value each time', async () => {
  for (const token of ['', standIn(), '', standIn()]) {
    const { status } = await post({ headers: [json], body: asJson(token) })
    assert.equal(status, 200)
    assert.equal(services.arrived.at(-1)?.text, asJson(token === '' ? '' : keys.one))
  }
})

test('a body of unknown length is held, and leaves with one', async () => {
  for (const token of [standIn(), '']) {
    const text = asJson(token)
    const [one, two] = [text.slice(0, 40), text.slice(40)]
    const chunk = (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`
    const head = `POST /submit HTTP/1.1\r\nHost: ${form}\r\n${json.join(': ')}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`
    const answer = await inside.sendBytes(form, `${head}${chunk(one)}${chunk(two)}0\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const { text: arrived, headers } = services.arrived.at(-1)!
    assert.equal(arrived, asJson(token === '' ? '' : keys.one))
    assert.equal(headers['content-length'], token === '' ? undefined : String(Buffer.byteLength(arrived)))
  }
})

test('R-27: up to the limit a body is held; one byte more is refused, with the limit, and nothing is dialled', async () => {
  const fill = (length: number): string => {
    const text = asForm(standIn())
    return `${text}=${'x'.repeat(length - text.length - 1)}`
  }
  assert.equal((await post({ headers: [urlencoded], body: fill(limit) })).status, 200)
  assert.equal(services.arrived.at(-1)?.text.length, limit + encodeURIComponent(keys.one).length - standIn().length)
  const { dials } = services.origin
  const refused = await post({ headers: [urlencoded], body: fill(limit + 1) })
  assert.deepEqual([refused.status, refused.code], [403, 'body_unreadable'])
  assert.match(refused.text, /262144/)
  const head = `POST / HTTP/1.1\r\nHost: ${form}\r\n${urlencoded.join(': ')}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`
  const long = fill(limit + 1)
  const answer = await inside.sendBytes(form, `${head}${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`)
  assert.match(answer, /body_unreadable/)
  assert.equal(services.origin.dials, dials)
})

test('R-55: a longer body goes out with another credential, and a placeholder in it is blocked on the way', async () => {
  const headers = [urlencoded, ['Authorization', `Bearer ${standIn()}`]] as const
  const long = `a=${'x'.repeat(limit)}`
  assert.equal((await post({ headers, body: long })).status, 200)
  const count = services.arrived.length
  const received = await post({ headers, body: `${long}&api_key=${standIn()}` })
  assert.equal(received.code, 'placeholder_undeclared_place')
  assert.equal(services.arrived.length, count)
})

for (const [what, part, reason] of [
  ['twice', () => ({ headers: [json], body: `{"auth":{},${asJson(standIn()).slice(1)}` }), 'twice'],
  [
    'in another charset',
    () => ({ headers: [[json[0], `${json[1]}; charset=utf-16`]], body: asJson(standIn()) }),
    'UTF-8',
  ],
  ['in JSON of another type', () => ({ headers: [urlencoded], body: asJson(standIn()) }), ''],
  [
    'in a body that is said to be compressed',
    () => ({ headers: [json, ['Content-Encoding', 'br']], body: asJson(standIn()) }),
    'compressed',
  ],
] as const) {
  test(`R-65: a placeholder ${what} is refused, with the reason`, async () => {
    const { code, text } = await post(part() as Part)
    assert.equal(code, 'placeholder_undeclared_place')
    assert.ok(text.includes(reason), text)
  })
}

test('R-70: a compressed body, and one that is not well formed, is refused where it would have to be the credential', async () => {
  const { dials } = services.origin
  for (const part of [
    { headers: [json, ['Content-Encoding', 'gzip']], body: gzipSync(asJson(standIn())) },
    { headers: [json], body: '{"auth":' },
    { headers: [json], body: '{"auth":{"token":"a"},"auth":{}}' },
  ] as const) {
    assert.equal((await post(part)).code, 'body_unreadable')
  }
  assert.equal(services.origin.dials, dials)
})

test('SEC-11: what else stands in the place is a foreign credential, and an alarm', async () => {
  for (const part of [
    { headers: [json], body: asJson('somebody-elses-key') },
    { headers: [urlencoded], body: asForm('somebody-elses-key') },
    { headers: [multipart], body: asPart('somebody-elses-key') },
  ] as const) {
    assert.equal((await post(part)).code, 'foreign_credential')
    assert.equal((await world.events()).at(-1)?.event.kind, 'alarm.raised')
  }
})

test('R-68: the placeholder of another sandbox is no credential of ours', async () => {
  const other = await world.createSandbox({ secrets: { ONE: 'one' } })
  const received = await post({ headers: [json], body: asJson(other.placeholder('ONE')) })
  assert.equal(received.code, 'foreign_credential')
  await other.end()
})

test('V5, S3, W8: the next body gets a rotated value, and what was detached is dead', async () => {
  const sandbox = await world.createSandbox({ secrets: { ONE: 'one' } })
  const sending = { host: form, method: 'POST', headers: [json], body: asJson(sandbox.placeholder('ONE')) }
  assert.equal((await sandbox.send(sending)).status, 200)
  await world.client.secrets.rotate('one', 'sk-rotated-value-of-the-first')
  assert.equal((await sandbox.send(sending)).status, 200)
  assert.equal(services.arrived.at(-1)?.text, asJson('sk-rotated-value-of-the-first'))
  await world.client.secrets.rotate('one', keys.one)
  const count = services.arrived.length
  await world.client.grants.end(sandbox.sandbox.grants[0]!.id)
  assert.notEqual((await sandbox.send(sending)).status, 200)
  assert.equal(services.arrived.length, count)
  await sandbox.end()
})

test('AC-10.1, AC-10.2: a value that comes back becomes the placeholder, and what cannot be searched is blocked', async () => {
  services.reply = `unknown key ${keys.two}`
  const { text } = await post({ headers: [json], body: asJson(inside.placeholder('TWO')) })
  assert.equal(text, `unknown key ${inside.placeholder('TWO')}`)
  assert.equal(services.arrived.at(-1)?.headers['accept-encoding'], 'identity')
})

test('`attach: always` is refused when it is saved', async () => {
  const scopes = services.scopes({ attach: 'always' }).slice(0, 1)
  await assert.rejects(world.client.secrets.create({ name: 'always', value: keys.two, scopes }), {
    code: 'scope_invalid',
  })
})

for (const host of [form, multiplexed]) {
  const skip = testedPlane === 'reference' && 'the reference plane speaks HTTP/1.1 alone'
  test(`N9: a client of HTTP/2 puts its placeholder into a body for ${host}, with a length and without`, {
    skip,
  }, async () => {
    using connection = await openHttp2(inside, host)
    const body = asJson(standIn())
    const fields = { ':method': 'POST', ':path': '/submit', 'content-type': 'application/json' }
    for (const further of [{}, { 'content-length': String(body.length) }] as const) {
      const { status } = await connection.send({ ...fields, ...further }, body)
      assert.equal(status, 200)
      const { text, headers } = services.arrived.at(-1)!
      assert.equal(text, asJson(keys.one))
      assert.equal(headers['content-length'], String(Buffer.byteLength(text)))
    }
    const refused = await connection.send(fields, body.replace('me', standIn()))
    assert.equal(refused.code, 'placeholder_undeclared_place')
    const tooLong = await connection.send(fields, body.padEnd(limit + 1))
    assert.equal(tooLong.code, 'body_unreadable')
  })
}
