import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headAround, headWith, testInjector } from '../injector.suite.ts'
import { headers } from './headers.ts'

const placeholder = 'coatcheck_0123456789abcdefghijklmn'
const field = (name: string, value: string) => ({ fields: [{ name, value }] })

testInjector('headers with one field', {
  injector: headers,
  spec: { kind: 'headers', headers: { 'DD-API-KEY': '{{ value }}' } },
  part: (secret) => field('DD-API-KEY', secret),
  undeclared: [
    (text) => field('dd_api_key', text),
    (text) => field('DD-API-KEY', `Key ${text}`),
    (text) => field('DD-APPLICATION-KEY', text),
    (text) => ({ fields: [...field('DD-API-KEY', text).fields, ...field('dd-api-key', text).fields] }),
  ],
  invalid: [
    { kind: 'headers' },
    { kind: 'headers', headers: {} },
    { kind: 'headers', headers: 'X-Key' },
    { kind: 'headers', headers: ['X-Key'] },
    { kind: 'headers', headers: { 'X-Key': 'fixed' } },
    { kind: 'headers', headers: { 'X-Key': '' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value }} ' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value }}{{ value }}' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value | truncate(4) }}' } },
    { kind: 'headers', headers: { 'X-Key': '{{value' } },
    { kind: 'headers', headers: { 'X-Key': '{{ other }}' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value }}\r\nX-Other: 1' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value }}', 'x-key': 'fixed' } },
    { kind: 'headers', headers: { 'X-Key': '{{ value }}', x_key: 'fixed' } },
    { kind: 'headers', headers: { Host: '{{ value }}' } },
    { kind: 'headers', headers: { User_Agent: '{{ value }}' } },
    { kind: 'headers', headers: { 'X Key': '{{ value }}' } },
    { kind: 'headers', headers: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`X-${at}`, '{{ value }}'])) },
  ],
  attached: (secret) => field('DD-API-KEY', secret),
})

testInjector('headers with several fields', {
  injector: headers,
  spec: {
    kind: 'headers',
    headers: { Authorization: 'Key {{value}};v=1', 'X-Api-Key': '{{ value }}', 'X-Version': '2' },
  },
  part: (secret) => ({
    fields: [
      { name: 'authorization', value: `Key ${secret};v=1` },
      { name: 'X-api-Key', value: secret },
      { name: 'x-Version', value: '2' },
    ],
  }),
  undeclared: [
    (text) => field('Authorization', `Key ${text}`),
    (text) => field('Authorization', `key ${text};v=1`),
    (text) => field('X-Version', text),
  ],
  invalid: [],
  attached: (secret) => ({
    fields: [
      { name: 'Authorization', value: `Key ${secret};v=1` },
      { name: 'X-Api-Key', value: secret },
      { name: 'X-Version', value: '2' },
    ],
  }),
})

test('headers writes every field when the placeholder stands in one, in place of what the client sent (W4, R-69)', () => {
  const injection = headers.prepare({
    kind: 'headers',
    headers: { 'X-Key': '{{ value }}', 'X-Also': 'key={{ value }}', 'X-Version': '2' },
  })
  const head = headWith(
    { name: 'X-VERSION', value: '1' },
    { name: 'x-key', value: placeholder },
    { name: 'x_version', value: '0' },
  )
  injection.apply(head, placeholder, Buffer.from('real'))
  assert.deepEqual(head.fields, [
    { name: 'X-VERSION', value: '2' },
    { name: 'x-key', value: 'real' },
    { name: 'X-Also', value: 'key=real' },
  ])
})

test('headers blanks only where the placeholder stands, so that one in a fixed field is found (R-60)', () => {
  const injection = headers.prepare({ kind: 'headers', headers: { 'X-Key': '{{ value }}', 'X-Version': '2' } })
  const part = (key: string) => ({
    fields: [
      { name: 'X-Key', value: key },
      { name: 'X-Version', value: placeholder },
    ],
  })
  const head = headAround(part(placeholder))
  injection.blank(head, placeholder)
  assert.deepEqual(head, headAround(part('')))
})

test('R-62: what looks like a template or an instruction in a request means nothing', () => {
  const injection = headers.prepare({ kind: 'headers', headers: { 'X-Key': 'v1 {{ value }}' } })
  for (const value of [
    'v1 {{ value }}',
    'v1 {{ value | slice(0, 4) }}',
    `{{ ${placeholder} }}`,
    `v1 ${placeholder}|head`,
  ]) {
    assert.equal(injection.carries(headWith({ name: 'X-Key', value }), placeholder), false)
  }
})
