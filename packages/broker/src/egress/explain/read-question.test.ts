import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExplainHeader } from '@coatcheck/contract'
import { type Question, readQuestion, unknownVariables } from './read-question.ts'

const placeholders = new Map([['KEY', 'placeholder']])
const read = (url: string, headers: readonly ExplainHeader[] = []): Question => {
  const question = readQuestion({ sandbox: 'one', method: 'GET', url, headers }, placeholders)
  assert.ok(!('code' in question))
  return question
}
const fieldsOf = ({ head }: Question) => head.fields.map(({ name, value }) => `${name}: ${value}`)
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

test('a URL becomes the head that a client would send', () => {
  const { destination, head, ambiguous } = read('https://API.example.com:8443/a%7Eb?x=$KEY#fragment')
  assert.deepEqual(destination, { scheme: 'https', host: 'api.example.com', port: 8443 })
  assert.deepEqual([head.path, head.query, ambiguous], ['/a~b', '?x=placeholder', null])
  assert.deepEqual(head.fields, [{ name: 'Host', value: 'api.example.com:8443' }])
})

test('variables stand for their placeholders in headers, and those that hold none are named', () => {
  const headers = [{ name: 'X-Key', value: `\${KEY}-$KEY-$OTHER` }]
  assert.deepEqual(fieldsOf(read('https://a.example/', headers))[0], 'X-Key: placeholder-placeholder-$OTHER')
  const request = { sandbox: 'one', method: 'GET', url: 'https://a.example/$URL', headers }
  assert.deepEqual(unknownVariables(request, placeholders), ['URL', 'OTHER'])
})

test('a pair that is written out is encoded, in a header and in a URL, and a code is left as it is', () => {
  const header = (value: string) => fieldsOf(read('https://a.example/', [{ name: 'Authorization', value }]))[0]
  assert.equal(header('Basic me:$KEY'), `Authorization: ${basic('me:placeholder')}`)
  assert.equal(header(basic('me:placeholder')), `Authorization: ${basic('me:placeholder')}`)
  assert.deepEqual(fieldsOf(read('https://me:$KEY@a.example/')), [
    `Authorization: ${basic('me:placeholder')}`,
    'Host: a.example',
  ])
})

test('a path with two readings has none', () => {
  assert.equal(read('https://a.example/x/../y').ambiguous, 'dot_segment')
})

for (const [what, url, headers] of [
  ['another scheme', 'ftp://a.example/', []],
  ['no scheme', 'a.example', []],
  ['a header name with a space', 'https://a.example/', [{ name: 'X Key', value: '' }]],
  ['a header value with a line break', 'https://a.example/', [{ name: 'X-Key', value: 'a\nb' }]],
] as const) {
  test(`a question with ${what} is refused, and repeats nothing of it`, () => {
    assert.throws(() => readQuestion({ sandbox: 'one', method: 'GET', url, headers }, placeholders), {
      code: 'request_invalid',
    })
  })
}

test('an address, and an authority that is none, are what the way out refuses', () => {
  for (const [url, code] of [
    ['https://192.0.2.1/', 'destination_denied'],
    ['https://[::1]/', 'destination_denied'],
    ['https:///path', 'request_malformed'],
  ] as const) {
    const question = readQuestion({ sandbox: 'one', method: 'GET', url }, placeholders)
    assert.equal('code' in question ? question.code : undefined, code, url)
  }
})
