import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { openHttp2 } from './http2-client.ts'
import { type Inside, openWorld, type Sending, testedPlane, type World } from './world.ts'

const github = 'api.github.com'
const linear = 'api.linear.app'
const key = makeCanary('key-').value
const arrived: { readonly target: string; readonly authorization: string; readonly text: string }[] = []

let origin: VerifyingServer
let world: World
let inside: Inside

before(async () => {
  const root = createTlsRoot()
  origin = await startVerifyingServer({
    root,
    hosts: { [github]: 'public', [linear]: 'public' },
    async answer(request, response) {
      const { url: target = '', headers } = request
      arrived.push({ target, authorization: headers.authorization ?? '', text: String(await buffer(request)) })
      response.end('{}')
    },
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = (more: Partial<Scope> = {}): Scope[] =>
    [github, linear].map((to) => ({ to, inject: { kind: 'bearer' }, ...reach, ...more }))
  await world.client.secrets.create({ name: 'usual', value: key, scopes: scopes() })
  await world.client.secrets.create({ name: 'open', value: key, scopes: scopes({ refuse: [] }) })
  await world.client.secrets.create({ name: 'strict', value: key, scopes: scopes({ refuse: ['destructive'] }) })
  inside = await world.createSandbox({ secrets: { USUAL: 'usual', OPEN: 'open', STRICT: 'strict' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const post = (env: string, { headers = [], ...rest }: Sending) =>
  inside.send({
    method: 'POST',
    ...rest,
    headers: [...headers, ['Authorization', `Bearer ${inside.placeholder(env)}`]],
  })

const minting: Sending = { host: github, target: '/app/installations/1/access_tokens', body: '{}' }
const graphql = (body: string | Buffer, headers: Sending['headers'] = []): Sending => ({
  host: linear,
  target: '/graphql',
  body,
  headers: [['Content-Type', 'application/json'], ...headers],
})
const makesKey = '{"query":"mutation { apiKeyCreate(input: {}) { success } }"}'
const makesIssue = '{"query":"mutation { issueCreate(input: {}) { success } }"}'

test('SEC-09: a call that hands out a credential is refused, costs the service no byte, and is said to be one', async () => {
  const before = arrived.length
  const { status, code, text } = await post('USUAL', minting)
  assert.deepEqual([status, code], [403, 'call_refused'])
  const problem = JSON.parse(text)
  assert.equal(problem.rule, 'POST /app/installations/*/access_tokens')
  assert.match(problem.detail, /credentials.*makes a token/)
  assert.equal(arrived.length, before)
  const { event } = (await world.events()).at(-1)!
  assert.deepEqual([event.kind, event.code, event.rule], ['exchange.refused', 'call_refused', problem.rule])
  const explained = await world.client.explain({
    sandbox: inside.sandbox.id,
    method: 'POST',
    url: `https://${github}${minting.target}`,
    headers: [{ name: 'Authorization', value: 'Bearer $USUAL' }],
  })
  assert.equal(explained.verdict.outcome === 'refused' && explained.verdict.code, 'call_refused')
  const { notes, verdict } = await world.client.explain({
    sandbox: inside.sandbox.id,
    method: 'POST',
    url: `https://${linear}/graphql`,
    headers: [{ name: 'Authorization', value: 'Bearer $USUAL' }],
  })
  assert.equal(verdict.outcome, 'injected')
  assert.match(notes.join(), /the body of the request decides too/)
})
test('a scope that refuses nothing, or other classes, lets it through; and refuses those', async () => {
  for (const env of ['OPEN', 'STRICT']) assert.equal((await post(env, minting)).status, 200)
  assert.equal(arrived.at(-1)!.authorization, `Bearer ${key}`)
  const deleting = { host: github, method: 'DELETE', target: '/repos/a/b' }
  assert.equal((await post('STRICT', deleting)).code, 'call_refused')
  assert.equal((await post('USUAL', deleting)).status, 200)
})

/** Status and code of the answer to a body that comes in one chunk. */
async function postUnsized(env: string, body: string | Buffer, more = ''): Promise<string> {
  const bytes = Buffer.from(body).toString('latin1')
  const head = [
    'POST /graphql HTTP/1.1',
    `Host: ${linear}`,
    `Authorization: Bearer ${inside.placeholder(env)}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    `Connection: close${more}`,
  ].join('\r\n')
  const sent = `${head}\r\n\r\n${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`
  const answer = await inside.sendBytes(linear, sent)
  const status = answer.split(' ')[1]
  return `${status} ${/"code": ?"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim()
}

async function postSized(env: string, body: string | Buffer, more = ''): Promise<string> {
  const [, name, value] = /^\r\n(.+): (.+)$/.exec(more) ?? []
  const headers = name === undefined ? [] : [[name, value!] as const]
  const { status, code = '' } = await post(env, graphql(body, headers))
  return `${status} ${code}`.trim()
}

for (const [how, postBody] of [
  ['of known length', postSized],
  ['of unknown length', postUnsized],
] as const) {
  test(`SEC-09: a body ${how} says which call it is; what is let through arrives as it was sent`, async () => {
    const before = arrived.length
    assert.equal(await postBody('USUAL', makesKey), '403 call_refused')
    assert.equal(arrived.length, before)
    assert.equal(await postBody('USUAL', makesIssue), '200')
    const { authorization, text } = arrived.at(-1)!
    assert.deepEqual([authorization, text], [`Bearer ${key}`, makesIssue])
    assert.equal(await postBody('OPEN', makesKey), '200')
  })

  test(`SEC-09: a body ${how} that cannot be read, or not as a whole, is refused`, async () => {
    const before = arrived.length
    const packed = gzipSync(makesIssue)
    assert.equal(await postBody('USUAL', packed, '\r\nContent-Encoding: gzip'), '403 body_unreadable')
    assert.equal(await postBody('USUAL', `{"x":"${'x'.repeat(300_000)}"}`), '403 body_unreadable')
    const carrying = `{"x":"${inside.placeholder('USUAL')}"}`
    assert.equal(await postBody('USUAL', carrying), '403 placeholder_undeclared_place')
    assert.equal(arrived.length, before)
  })
}

const onHttp2 = { skip: testedPlane === 'reference' && 'this plane has no HTTP/2' }
test('SEC-09: over HTTP/2 it is the same', onHttp2, async () => {
  const before = arrived.length
  using connection = await openHttp2(inside, linear)
  const fields = {
    ':method': 'POST',
    ':path': '/graphql',
    authorization: `Bearer ${inside.placeholder('USUAL')}`,
    'content-type': 'application/json',
  }
  assert.equal((await connection.send(fields, makesKey)).status, 403)
  assert.equal(arrived.length, before)
  assert.equal((await connection.send(fields, makesIssue)).status, 200)
  assert.equal(arrived.at(-1)!.text, makesIssue)
})
