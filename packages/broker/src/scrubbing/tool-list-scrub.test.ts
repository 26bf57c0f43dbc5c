import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import { Scrubber } from './scrubber.ts'
import { ToolListScrub } from './tool-list-scrub.ts'

const secret = 'sk_live_51H8abcdEFGH/ijkl+MNOP'
const standIn = 'sk_live_standin'
const list = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { tools: [{ name: 'keep', hint: secret }, { name: 'drop' }, { name: 'ümlaut' }] },
})
const kept = list.replace('{"name":"drop"},', '').replace(secret, standIn)

async function through(type: string, pieces: readonly Buffer[], coding?: string): Promise<string> {
  const scrubber = new Scrubber([{ bytes: Buffer.from(secret), placeholder: standIn, isWeak: false }])
  const scrub = new ToolListScrub((tool) => tool !== 'drop', scrubber, 'pass')
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const fields = [
    { name: 'Content-Type', value: type },
    { name: 'Content-Length', value: `${length}` },
    { name: 'Digest', value: 'sha-256=x' },
    ...(coding === undefined ? [] : [{ name: 'Content-Encoding', value: coding }]),
  ]
  scrub.begin({ status: 200, reason: 'OK', fields, body: 'sized' }, length)
  const written: Buffer[] = []
  for (const piece of pieces) written.push(await scrub.write(piece))
  written.push(await scrub.end())
  const names = scrub.head?.fields.map(({ name }) => name)
  if (coding === undefined)
    assert.deepEqual(names, ['Content-Type'], 'nothing says how long it was, or what it hashed to')
  scrub.close()
  return Buffer.concat(written).toString()
}

for (const [type, text, expected] of [
  ['application/json', list, kept],
  ['application/json; charset=utf-8', '{"result":{"tools":"none"}}', '{"result":{"tools":"none"}}'],
  ['application/json', '{"no json', '{"no json'],
  [
    'text/event-stream',
    `: hello\r\n\r\nid: 1\r\ndata: ${list}\r\n\r\ndata: {"other":1}\n\ndata: cut`,
    `: hello\r\n\r\nid: 1\ndata: ${kept}\n\ndata: {"other":1}\n\ndata: cut`,
  ],
  ['text/event-stream', `data: ${list}\r\rdata: ${list}\n\n`, `data: ${kept}\n\ndata: ${kept}\n\n`],
] as const) {
  test(`AC-12.4: tools are taken out of ${type} and values replaced, wherever it is cut: ${text.slice(0, 20)}`, async () => {
    const bytes = Buffer.from(text)
    for (let at = 0; at <= bytes.length; at += 1)
      assert.equal(await through(type, ownChunks(bytes, [at])), expected, `cut at ${at}`)
    assert.equal(await through(type, ownChunks(bytes, [...bytes.keys()])), expected, 'byte by byte')
  })
}

test('what is of another type, compressed or too long goes on with its tools, and with its values replaced', async () => {
  assert.equal(await through('application/json', [Buffer.from('not gzip')], 'gzip'), 'not gzip')
  const long = Buffer.from(`{"pad":"${'x'.repeat(1_100_000)}","result":{"tools":[{"name":"drop"}]},"v":"${secret}"}`)
  const written = await through('application/json', ownChunks(long, [600_000]))
  assert.ok(written.includes('"drop"') && !written.includes(secret) && written.includes(standIn))
})
