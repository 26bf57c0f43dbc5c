import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmac } from '../injectors/hmac.ts'
import { parseMessageTemplate } from './message-template.ts'

const head = {
  method: 'POST',
  path: '/v1/orders',
  query: '?a=1',
  fields: [
    { name: 'Host', value: 'api.example.com' },
    { name: 'X-Time', value: ' 17 ' },
    { name: 'X-Twice', value: '1' },
    { name: 'x_twice', value: '2' },
  ],
}
const filled = (text: string, body = ['bo', 'dy']) =>
  parseMessageTemplate(text)
    ?.fill(
      head,
      body.map((piece) => Buffer.from(piece)),
    )
    ?.map(String)
    .join('')

for (const [text, expected] of [
  ['{{ method }}\n{{path}}\n{{ query }}', 'POST\n/v1/orders\na=1'],
  ['v0:{{ header.x-time }}:{{ body }}', 'v0:17:body'],
  ['{{ HOST }}{{ target }}', 'api.example.com/v1/orders?a=1'],
  ['{{ body.sha256 }}', '230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5'],
] as const) {
  test(`a message ${JSON.stringify(text)} is filled from the request`, () => assert.equal(filled(text), expected))
}

test('SEC-12: a field that is missing, or there twice, makes no message', () => {
  assert.equal(filled('{{ header.x-none }}'), undefined)
  assert.equal(filled('{{ header.x-twice }}'), undefined)
})

test('R-62: whatever else stands in braces is refused, and so is a message that is the same for every request', () => {
  for (const text of [
    '',
    'plain',
    '{{ value }}',
    '{{ method | upper }}',
    '{{ method',
    '{{ header. }}',
    '{{}}',
    '{{ body.md5 }}',
    'ü{{ method }}',
  ]) {
    assert.equal(parseMessageTemplate(text), undefined, text)
  }
})

test('R-62: hmac refuses options that do not fit together when it is prepared', () => {
  const spec = { kind: 'hmac', header: 'X-Sign', message: '{{ body }}' }
  hmac.prepare(spec)
  for (const wrong of [
    { header: 'Host' },
    { header: 'Content-Length' },
    { message: '{{ header.x-sign }}' },
    { time: 'X-Time' },
    { hash: 'md5' },
    { encoding: 'latin1' },
    { prefix: ' x' },
    { key: 'x' },
  ]) {
    assert.throws(() => hmac.prepare({ ...spec, ...wrong }), { code: 'scope_invalid' }, JSON.stringify(wrong))
  }
})
