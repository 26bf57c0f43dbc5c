import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setImmediate as turnOfLoop } from 'node:timers/promises'
import type { Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type World } from './world.ts'

const form = 'form.service.test'
const root = createTlsRoot()
const value = `${makeCanary('sk-one-').value}"&=+%`
const runs = { numRuns: 40 }

let origin: VerifyingServer
let world: World
let inside: Inside
/** All bytes of the body of the request that came last, also of one that was broken off. */
let arrived = ''

before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [form]: 'public' },
    answer(request, response) {
      arrived = ''
      request.on('data', (chunk: Buffer) => {
        arrived += chunk.toString('latin1')
      })
      request.on('end', () => response.end('ok'))
      request.on('error', () => {})
    },
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scope = (inject: Scope['inject']): Scope => ({ to: form, inject, ...reach })
  const placed = [scope({ kind: 'body', pointer: '/auth/token' }), scope({ kind: 'body', field: 'api_key' })]
  await world.client.secrets.create({ name: 'one', value, scopes: placed })
  const other = makeCanary('sk-two-').value
  await world.client.secrets.create({ name: 'two', value: other, scopes: [scope({ kind: 'bearer' })] })
  inside = await world.createSandbox({ secrets: { ONE: 'one', TWO: 'two' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** How the bytes of a body are cut: into chunks of HTTP, and these into what is written at one time. */
interface Cuts {
  readonly chunks: readonly number[]
  readonly writes: readonly number[]
  readonly isChunked: boolean
}

const cuts: fc.Arbitrary<Cuts> = fc.record({
  chunks: fc.array(fc.nat(300), { maxLength: 5 }),
  writes: fc.array(fc.nat(700), { maxLength: 6 }),
  isChunked: fc.boolean(),
})

function cut(text: string, at: readonly number[]): readonly string[] {
  const ends = [...at.map((each) => Math.min(each, text.length)), text.length].toSorted((one, other) => one - other)
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end)).filter((piece) => piece !== '')
}

/** Sends a body cut in this way, and gives the answer. */
async function send(type: string, body: string, { chunks, writes, isChunked }: Cuts, more = ''): Promise<string> {
  arrived = ''
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
  const framed = isChunked ? `${cut(body, chunks).map(chunk).join('')}0\r\n\r\n` : body
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const head = `POST /submit HTTP/1.1\r\nHost: ${form}\r\nContent-Type: ${type}\r\n${framing}\r\n${more}Connection: close\r\n\r\n`
  const socket = await inside.connectTls(form)
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part)).on('error', () => {})
  const closed = once(socket, 'close').catch(() => {})
  for (const piece of [head, ...cut(framed, writes)]) {
    socket.write(piece, 'latin1')
    await turnOfLoop()
  }
  await closed
  return Buffer.concat(parts).toString('latin1')
}

const part = (name: string, content: string): string =>
  `--b1\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
const filler = fc.stringMatching(/^[A-Za-z0-9 ]{0,80}$/)

const bodies: readonly (readonly [
  string,
  string,
  (token: string, around: string) => string,
  (text: string) => string,
])[] = [
  [
    'a member of JSON',
    'application/json',
    (token, around) => `{"a":"${around}","auth":{"token":"${token}"},"b":"${around}"}`,
    (text) => JSON.stringify(text).slice(1, -1),
  ],
  [
    'a field of a form',
    'application/x-www-form-urlencoded',
    (token, around) => `a=${around.replaceAll(' ', '+')}&api_key=${token}&b`,
    encodeURIComponent,
  ],
  [
    'a part of a form',
    'multipart/form-data; boundary=b1',
    (token, around) => `${part('a', around)}${part('api_key', token)}${part('b', around)}--b1--\r\n`,
    (text) => text,
  ],
]

for (const [what, type, build, written] of bodies) {
  test(`R-60, W4: ${what} gets the value wherever its bytes are cut, and all else arrives as it was sent`, async () => {
    await fc.assert(
      fc.asyncProperty(filler, cuts, async (around, at) => {
        const answer = await send(type, build(inside.placeholder('ONE'), around), at)
        assert.match(answer, /^HTTP\/1\.1 200 /)
        assert.equal(arrived, build(written(value), around))
      }),
      runs,
    )
  })
}

const percent = (text: string): string =>
  [...text].map((character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).join('')
/** Ways in which an agent may write a placeholder. */
const encodings: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in base64', (text) => Buffer.from(`?${text}`).toString('base64')],
  ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
  ['percent-encoded', percent],
  ['in escapes of JSON', (text) => [...text].map((each) => `\\u00${each.charCodeAt(0).toString(16)}`).join('')],
]
for (const [how, encode] of encodings) {
  test(`R-60, R-55: a placeholder ${how} in a body that streams beside another credential never arrives, wherever it is cut`, async () => {
    const more = `Authorization: Bearer ${inside.placeholder('TWO')}\r\n`
    await fc.assert(
      fc.asyncProperty(filler, filler, fc.constantFrom('ONE', 'TWO'), cuts, async (first, last, env, at) => {
        const stray = encode(inside.placeholder(env))
        const answer = await send('text/plain', `${first} ${stray} ${last}`, at, more)
        assert.doesNotMatch(answer, /^HTTP\/1\.1 200 /)
        assert.ok(!arrived.includes(stray), 'it is not complete')
        const [head, body = ''] = answer.split('\r\n\r\n')
        if (head !== '')
          assert.equal(
            JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)).code,
            'placeholder_undeclared_place',
          )
      }),
      runs,
    )
  })
}
