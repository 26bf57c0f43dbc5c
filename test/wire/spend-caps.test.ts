import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { after, before, test } from 'node:test'
import type { Cap } from '@coatcheck/contract'
import type { Route } from '../fixtures/origin-routes.ts'
import { type CapScene, openCapScene, send } from './cap-scene.ts'
import { absoluteForm, type Place } from './ways-in.ts'

const host = 'api.openai.com'
const target = '/v1/chat/completions'
/** A request for gpt-4.1 of exactly a tenth of a dollar at most: its input costs 2 dollars a million, its output 8. */
const prompt = body(0)
const maxTokens = Math.floor((0.1e6 - 2 * (Buffer.byteLength(prompt) + 4 + 2000)) / 8)
const usage = { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 0 } }
/** What `usage` costs, in dollars. */
const cost = 0.006

function body(max: number, further: object = {}): string {
  return JSON.stringify({
    model: 'gpt-4.1',
    max_tokens: max === 0 ? 1 : max,
    messages: [{ role: 'user', content: 'x'.repeat(200) }],
    ...further,
  })
}

function reply(response: ServerResponse, isStream: boolean, says: object | null): void {
  if (!isStream) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ model: 'gpt-4.1', choices: [], ...(says && { usage: says }) }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: {"choices":[{"delta":{"content":"a"}}],"usage":null}\n\n')
  if (says !== null) response.write(`data: ${JSON.stringify({ choices: [], usage: says })}\n\n`)
  response.end('data: [DONE]\n\n')
}

/** Requests that are held open until a test lets go of them. */
const open = new Set<ServerResponse>()

const routes: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/v1\/chat\/completions/,
    async answer({ request, response }) {
      let text = ''
      for await (const chunk of request) text += chunk
      const { stream = false, user } = JSON.parse(text)
      if (user === 'hang') {
        open.add(response)
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"choices":[]}\n\n')
      } else if (user?.startsWith('says-')) response.writeHead(Number(user.slice(5))).end('{}')
      else reply(response, stream, user === 'silent' ? null : usage)
    },
  },
  { method: 'POST', path: /^\/v1\/images/, answer: ({ response }) => void response.end('{}') },
  { method: 'GET', path: /^\/v1\/models/, answer: ({ response }) => void response.end('{}') },
]

let scene: CapScene
before(async () => {
  scene = await openCapScene({ host, provider: 'openai', routes })
})
after(() => scene[Symbol.asyncDispose]())

const oneDollar: Cap = { unit: 'usd', limit: 1, window: 'total' }
const json = [['Content-Type', 'application/json']] as const
const ask = (place: Place, text: string, path = target) =>
  send(place, { host, method: 'POST', target: path, headers: json, body: text })

async function balance(place: Place) {
  const [found] = (await scene.usage()).filter(({ id }) => id === place.inside.sandbox.id)
  return found!
}

for (const [name, further] of [
  ['whole replies', {}],
  ['streams', { stream: true, stream_options: { include_usage: true } }],
  ['replies without their usage', { user: 'silent' }],
] as const) {
  test(`G4, N3, AC-17.1: 100 parallel requests of 0.10 against a cap of 1.00, ${name}: at most ten at a time`, async () => {
    const place = await scene.place([oneDollar])
    const text = body(maxTokens - 60, further)
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(place, text)))
    const admitted = answers.filter(({ status }) => status === 200).length
    assert.ok(answers.every(({ status, code }) => status === 200 || code === 'cap_reached'))
    const { used, reserved } = await balance(place)
    assert.equal(reserved, 0)
    assert.ok(used <= 1)
    if ('user' in further) assert.equal(admitted, 10)
    else assert.ok(admitted >= 10 && Math.abs(used - admitted * cost) < 1e-9, `${admitted} came to ${used}`)
  })
}

test('AC-17.1, AC-17.2: what clients cancel counts as it was held', async () => {
  const place = await scene.place([oneDollar])
  const text = body(maxTokens - 60, { stream: true, user: 'hang' })
  for (let turn = 0; turn < 10; turn += 1) {
    const headers = [...json, ['Authorization', `Bearer ${place.inside.placeholder('API_KEY')}`]] as const
    const length = [['Content-Length', `${text.length}`]] as const
    const asking = { host, secret: 'api', method: 'POST', target, headers: [...headers, ...length] }
    const request = await absoluteForm.begin(place, asking)
    request.on('error', () => {})
    const [response] = await once(request.end(text), 'response')
    assert.equal(response.statusCode, 200)
    response.on('error', () => {})
    request.destroy()
  }
  assert.equal((await ask(place, text)).code, 'cap_reached')
  const { used, reserved } = await balance(place)
  assert.ok(used + reserved > 0.9 && used + reserved <= 1)
  for (const response of open) response.destroy()
})

for (const status of [400, 401, 402, 403, 404, 409, 422, 429, 500, 503]) {
  test(`AC-17.2: a reply with ${status} does not say what it cost, and counts as it was held`, async () => {
    const place = await scene.place([{ ...oneDollar, limit: 0.2 }])
    const text = body(maxTokens - 60, { user: `says-${status}` })
    for (let turn = 0; turn < 2; turn += 1) assert.equal((await ask(place, text)).status, status)
    assert.equal((await ask(place, text)).code, 'cap_reached')
    const { used, reserved } = await balance(place)
    assert.ok(used > 0.19 && reserved === 0, `${used}, ${reserved}`)
  })
}

for (const [name, text, path] of [
  ['a model without a price', body(10, { model: 'gpt-99' }), target],
  ['a tool that the service runs', body(10, { tools: [{ type: 'web_search' }] }), target],
  ['a dearer tier', body(10, { service_tier: 'priority' }), target],
  ['a call whose price is not by tokens', '{"prompt":"a cat"}', '/v1/images/generations'],
  ['a body that is none', 'nonsense', target],
] as const) {
  test(`AC-17.2: ${name} is refused, unless the cap says what it counts`, async () => {
    const place = await scene.place([oneDollar])
    const refused = await ask(place, text, path)
    assert.deepEqual([refused.status, refused.code], [403, 'cap_unmeasured'])
    const stated = await scene.place([{ ...oneDollar, perRequest: 0.6 }])
    assert.notEqual((await ask(stated, text, path)).code, 'cap_unmeasured')
    assert.equal((await ask(stated, text, path)).code, 'cap_reached')
  })
}

test('what costs nothing passes under a cap that is spent', async () => {
  const place = await scene.place([{ unit: 'usd', limit: 0.000001, window: 'day' }])
  assert.equal((await ask(place, body(10))).code, 'cap_reached')
  assert.equal((await send(place, { host, target: '/v1/models' })).status, 200)
})

test('G4: a cap on tokens counts those that the reply says', async () => {
  const place = await scene.place([{ unit: 'tokens', limit: 10_000, window: 'hour' }])
  assert.equal((await ask(place, body(100))).status, 200)
  assert.equal((await balance(place)).used, 1500)
  assert.equal((await ask(place, body(9_000))).code, 'cap_reached')
})
