import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, type TokenReport } from '@coatcheck/catalog'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import { toLedger } from './amounts.ts'
import { ModelPrices } from './model-prices.ts'
import { ReplyMeter } from './reply-meter.ts'

const prices = new ModelPrices()

function reportOf(provider: string): TokenReport {
  const usage = findProvider(provider)?.usage
  assert.ok(usage?.kind === 'tokens')
  return usage.reports[0]!
}

const openai = { report: reportOf('openai'), price: prices.find('openai', 'gpt-4.1')! }
const anthropic = { report: reportOf('anthropic'), price: prices.find('anthropic', 'claude-opus-4-5')! }
const gemini = { report: reportOf('gemini'), price: prices.find('gemini', 'gemini-2.5-flash')! }

/** What a reply comes to, in pieces of every size. */
function amounts(plan: ConstructorParameters<typeof ReplyMeter>[0], text: string, type: string, status = 200) {
  const found = [1, 7, 100_000].map((size) => {
    const meter = new ReplyMeter(plan)
    meter.begin({ status, fields: [{ name: 'Content-Type', value: type }] })
    const bytes = Buffer.from(text)
    const cuts = Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => (index + 1) * size)
    for (const chunk of ownChunks(bytes, cuts)) meter.write(chunk)
    return meter.amounts()
  })
  assert.deepEqual(found[0], found[1])
  assert.deepEqual(found[0], found[2])
  return found[0]!
}

const dollars = (amount: number) => toLedger('usd', amount)
const events = (list: readonly object[]) =>
  list.map((each) => `event: x\r\ndata: ${JSON.stringify(each)}\r\n\r\n`).join('')
const json = 'application/json'
const stream = 'text/event-stream; charset=utf-8'

test('N3: a reply of OpenAI costs its tokens, those from a cache less', () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 400 } }
  assert.deepEqual(amounts(openai, JSON.stringify({ model: 'gpt-4.1', usage }), json), {
    tokens: 1500,
    usd: dollars((600 * 2 + 400 * 0.5 + 500 * 8) / 1e6),
  })
})

test('N3: a stream of Anthropic costs what its first and its last event say together', () => {
  const begin = { input_tokens: 100, cache_read_input_tokens: 50, cache_creation_input_tokens: 10, output_tokens: 1 }
  const list = [
    { type: 'message_start', message: { usage: begin } },
    { type: 'content_block_delta', delta: { text: '{"usage":{"output_tokens":9999}}' } },
    { type: 'message_delta', usage: { output_tokens: 200 } },
    { type: 'message_stop' },
  ]
  assert.deepEqual(amounts(anthropic, events(list), stream), {
    tokens: 360,
    usd: dollars((100 * 5 + 50 * 0.5 + 10 * 10 + 200 * 25) / 1e6),
  })
})

test('AC-17.2: a stream of Anthropic that ends before its last event tells nothing', () => {
  const list = [{ type: 'message_start', message: { usage: { input_tokens: 100, output_tokens: 1 } } }]
  assert.deepEqual(amounts(anthropic, events(list), stream), {})
})

test('N3: a stream of Gemini counts up, and thoughts are paid', () => {
  const count = (candidatesTokenCount: number) => ({
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount, thoughtsTokenCount: 30 },
  })
  const expected = { tokens: 150, usd: dollars((100 * 0.3 + 50 * 2.5) / 1e6) }
  assert.deepEqual(amounts(gemini, events([count(5), count(20)]), stream), expected)
  assert.deepEqual(amounts(gemini, JSON.stringify([count(5), count(20)]), json), expected)
})

for (const [name, text, status] of [
  ['says nothing of it', '{"choices":[]}', 200],
  ['is cut off', '{"usage":{"prompt_tokens":10,', 200],
  ['counts less than nothing', '{"usage":{"prompt_tokens":-5,"completion_tokens":0}}', 200],
  ['counts with words', '{"usage":{"prompt_tokens":"1","completion_tokens":"1"}}', 200],
  ['lacks one of the two', '{"usage":{"prompt_tokens":10}}', 200],
  ['is a failure of the service', '{"usage":{"prompt_tokens":1,"completion_tokens":1}}', 500],
] as const) {
  test(`AC-17.2: a reply that ${name} leaves the reservation`, () => {
    assert.deepEqual(amounts(openai, text, json, status), {})
  })
}

test('AC-17.2: a reply that is compressed leaves the reservation', () => {
  const meter = new ReplyMeter(openai)
  meter.begin({ status: 200, fields: [{ name: 'content-encoding', value: 'gzip' }] })
  meter.write(Buffer.from('{"usage":{"prompt_tokens":1,"completion_tokens":1}}'))
  assert.deepEqual(meter.amounts(), {})
})

test('a service that says the price itself is believed', () => {
  assert.deepEqual(amounts({ cost: '$.costDollars.total' }, '{"costDollars":{"total":0.007}}', json), {
    usd: dollars(0.007),
  })
})
