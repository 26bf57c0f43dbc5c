import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setImmediate as turnOfLoop } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { Cap, RuleList } from '@coatcheck/contract'
import { allowing, type GitPushScene, notToMain, openGitPushScene, plainHost } from './git-push-scene.ts'
import { type Inside, type Received, receive } from './world.ts'

const zero = '0'.repeat(40)
const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text
const pushOf = (...changes: readonly (readonly [string, string])[]): Buffer =>
  Buffer.from(
    `${changes.map(([ref, from], index) => line(`${from} ${two} ${ref}${index === 0 ? '\0 atomic' : ''}`)).join('')}0000`,
  )
const toFeature = pushOf(['refs/heads/feature', zero])
const toBoth = pushOf(['refs/heads/feature', zero], ['refs/heads/main', zero])
const pack = Buffer.concat([Buffer.from('PACK'), randomBytes(3_000_000)])
const told = (body: Buffer, coding = 'none'): string =>
  `${body.length} ${coding} ${createHash('sha256').update(body).digest('hex')}`

for (const httpPlane of ['own', 'reference'] as const) {
  describe(`bodies of pushes by the ${httpPlane} plane`, () => {
    let scene: GitPushScene
    let inside: Inside
    let socket: TLSSocket
    let agent: Agent
    before(async () => {
      scene = await openGitPushScene({ httpPlane })
      await enter()
    })
    after(() => leave().then(() => scene[Symbol.asyncDispose]()))

    async function enter(rules?: RuleList, caps?: readonly Cap[]): Promise<void> {
      inside = await scene.inside(rules, caps)
      await connect()
    }
    async function connect(): Promise<void> {
      socket = await inside.connectTls(plainHost)
      agent = new Agent({ keepAlive: true, maxSockets: 1 })
      agent.createConnection = () => socket
    }
    async function leave(): Promise<void> {
      agent.destroy()
      socket.destroy()
    }

    function begin(headers: Readonly<Record<string, string>> = {}): ClientRequest {
      const authorization = `Basic ${Buffer.from(`x:${inside.placeholder('GIT_TOKEN')}`).toString('base64')}`
      const type = 'application/x-git-receive-pack-request'
      const path = '/team/project.git/git-receive-pack'
      const all = { host: plainHost, authorization, 'content-type': type, ...headers }
      const request = httpRequest({ agent, method: 'POST', path, headers: all })
      // A refusal may come before all is sent.
      return request.on('error', () => {})
    }
    async function answerOf(request: ClientRequest): Promise<Received> {
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return receive(response)
    }
    /** The body in these pieces, each a turn of the loop behind the one before, and chunked unless its length is said. */
    async function send(pieces: readonly Buffer[], headers: Readonly<Record<string, string>> = {}): Promise<Received> {
      const request = begin(headers)
      const answer = answerOf(request)
      for (const piece of pieces) {
        if (piece.length > 0) request.write(piece)
        await turnOfLoop()
      }
      request.end()
      return answer
    }
    /** Sends what cannot be told, or is forbidden, without its end; and then that of another sandbox. */
    async function refused(pieces: readonly Buffer[], headers: Readonly<Record<string, string>> = {}): Promise<string> {
      const before = scene.plain.requests.length
      await leave()
      await connect()
      const request = begin(headers)
      const answer = answerOf(request)
      for (const piece of pieces) request.write(piece)
      const { code, status } = await answer
      request.destroy()
      assert.equal(status, 403)
      assert.equal(scene.plain.requests.length, before, 'nothing arrived')
      return code!
    }

    test('N4: a push is decided, and arrives as it was sent, wherever its beginning is cut', async () => {
      const body = Buffer.concat([toFeature, pack.subarray(0, 1_000)])
      // That plane connects anew each time.
      const step = httpPlane === 'own' ? 1 : 6
      for (let at = 0; at <= toFeature.length + 1; at += step) {
        const { status, text } = await send([body.subarray(0, at), body.subarray(at)])
        assert.deepEqual([status, text], [200, told(body)], `cut at ${at}`)
      }
      const { text } = await send(Array.from(body.subarray(0, 200), (byte) => Buffer.of(byte)))
      assert.equal(text, told(body.subarray(0, 200)), 'byte by byte')
    })

    test('N4: what is forbidden is so wherever its beginning is cut, and while the client still sends', async () => {
      for (let at = 1; at < toBoth.length; at += 29)
        assert.equal(await refused([toBoth.subarray(0, at), toBoth.subarray(at)]), 'rule_denied', `cut at ${at}`)
      const length = String(toBoth.length + pack.length)
      assert.equal(await refused([toBoth], { 'content-length': length }), 'rule_denied')
      await leave()
      await connect()
    })

    test('a long push arrives as it was sent, with a length, in chunks, and once it was told to go on', async () => {
      const body = Buffer.concat([toFeature, pack])
      const length = { 'content-length': String(body.length) }
      for (const headers of [length, {}, { ...length, expect: '100-continue' }, { expect: '100-continue' }]) {
        const { status, text } = await send([body], headers)
        assert.deepEqual([status, text], [200, told(body)])
      }
    })

    test('a push in gzip is decided by what stands in it, and arrives in gzip', async () => {
      const gzip = { 'content-encoding': 'gzip' }
      const body = gzipSync(Buffer.concat([toFeature, pack]), { level: 1 })
      const { status, text } = await send([body], gzip)
      assert.deepEqual([status, text], [200, told(body, 'gzip')])
      const small = gzipSync(Buffer.concat([toFeature, pack.subarray(0, 100)]))
      assert.equal((await send([small], gzip)).text, told(small, 'gzip'))
      const forbidden = gzipSync(Buffer.concat([toBoth, pack.subarray(0, 1_000_000)]), { level: 1 })
      assert.equal(await refused([forbidden], gzip), 'rule_denied')
      assert.equal(await refused([body], { 'content-encoding': 'x-gzip' }), 'rule_unevaluable')
      await leave()
      await connect()
    })

    test('AC-6.4: what the first 256 KiB do not tell is refused, whatever follows', async () => {
      const many = pushOf(...Array.from({ length: 3_000 }, (_, index) => [`refs/heads/b${index}`, zero] as const))
      assert.ok(many.length > 262_144)
      assert.equal(await refused([many]), 'rule_unevaluable')
      // What is thrown away would stand in a pack that begins with commits.
      const unknown = Buffer.concat([pushOf(['refs/heads/feature', one]), pack])
      assert.equal(await refused([unknown], { 'content-length': String(unknown.length) }), 'rule_unevaluable')
      await leave()
      await connect()
    })

    test('R-60: a placeholder is found before what was held leaves, and behind it while it streams', async () => {
      const stray = Buffer.from(inside.placeholder('GIT_TOKEN'))
      assert.equal(await refused([Buffer.concat([toFeature, stray])]), 'placeholder_undeclared_place')
      await leave()
      await connect()
      const body = Buffer.concat([toFeature, pack.subarray(0, 500_000), stray, pack.subarray(0, 500_000)])
      const { code } = await send([body])
      assert.equal(code, 'placeholder_undeclared_place')
      const last = scene.bodies.at(-1)!
      assert.ok(!last.isWhole && last.length < toFeature.length + 500_000 + stray.length)
      await leave()
      await connect()
    })

    test('N3: a cap on bytes holds for what was held and for what streams behind it', async () => {
      await leave()
      const cap: Cap = { unit: 'bytes', limit: 4_000_000, window: 'total' }
      const long = Buffer.concat([toFeature, pack])
      await enter(allowing(notToMain), [{ ...cap, perRequest: 400_000 }])
      const { code } = await send([long])
      assert.equal(code, 'cap_reached')
      const last = scene.bodies.at(-1)!
      assert.ok(!last.isWhole && last.length <= 400_000)
      await leave()
      await enter(allowing(notToMain), [{ ...cap, perRequest: 200 }])
      const before = scene.bodies.length
      assert.equal((await send([long])).code, 'cap_reached')
      assert.equal(scene.bodies.length, before, 'what was held was more')
      await leave()
      await enter()
    })

    test('who has to be asked, and rules that read JSON, see a body whole or not at all', async () => {
      const [rule] = allowing(notToMain).rules
      const asked: RuleList = { default: 'deny', rules: [{ ...rule!, effect: 'ask' }] }
      const read: RuleList = { default: 'deny', rules: [{ ...rule!, body: [{ at: '/a', present: true }] }] }
      await leave()
      await enter(asked)
      const long = Buffer.concat([toFeature, pack])
      assert.equal(await refused([long]), 'body_unreadable')
      await leave()
      await enter(read)
      assert.equal(await refused([long], { 'content-length': String(long.length) }), 'rule_unevaluable')
      await leave()
      await enter()
    })
  })
}
