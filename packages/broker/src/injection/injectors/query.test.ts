import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headAround, testInjector } from '../injector.suite.ts'
import { query } from './query.ts'

const placeholder = 'AIza_coatcheck_0123456789abcdefghij'
const inQuery = (text: string) => ({ query: text })

testInjector('query', {
  injector: query,
  spec: { kind: 'query', name: 'key' },
  part: (secret) => inQuery(`?alt=sse&key=${encodeURIComponent(secret).replace(/[!'()*]/g, hex)}&a=b`),
  undeclared: [
    (text) => inQuery(`?key=x${text}`),
    (text) => inQuery(`?keys=${text}`),
    (text) => inQuery(`?${text}`),
    (text) => inQuery(`?${text}=key`),
    (text) => inQuery(`?a=1;key=${text}`),
    (text) => inQuery(`?key=${text};a=1`),
    (text) => inQuery(`??key=${text}`),
    (text) => ({ fields: [{ name: 'key', value: text }] }),
  ],
  invalid: [
    { kind: 'query' },
    { kind: 'query', name: '' },
    { kind: 'query', name: 'a b' },
    { kind: 'query', name: 'a=b' },
    { kind: 'query', name: 'a&b' },
    { kind: 'query', name: 'a[b]' },
    { kind: 'query', name: 'a%62' },
    { kind: 'query', name: '_' },
    { kind: 'query', name: 'x'.repeat(65) },
  ],
  attached: (secret) => inQuery(`?limit=1&key=${secret}`),
})

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

const injection = query.prepare({ kind: 'query', name: 'api_key' })

const spellings: readonly (readonly [string, string])[] = [
  ['twice', `?api_key=${placeholder}&api_key=${placeholder}`],
  ['twice, once of another value', `?api_key=other&api_key=${placeholder}`],
  ['twice, once empty', `?api_key=${placeholder}&api_key=`],
  ['twice, once without a value', `?api_key&api_key=${placeholder}`],
  ['twice, once behind a semicolon', `?a=1;api_key=x&api_key=${placeholder}`],
  ['in capitals', `?API_KEY=${placeholder}`],
  ['beside one in capitals', `?Api_Key=x&api_key=${placeholder}`],
  ['encoded', `?api%5Fkey=${placeholder}`],
  ['beside an encoded one', `?api%5fkey=x&api_key=${placeholder}`],
  ['beside one that is encoded twice', `?api%255Fkey=x&api_key=${placeholder}`],
  ['beside one with another separator', `?api-key=x&api_key=${placeholder}`],
  ['beside one with a space', `?+api_key=x&api_key=${placeholder}`],
  ['beside one with brackets', `?api_key[]=x&api_key=${placeholder}`],
  ['beside one with encoded brackets', `?api_key%5B0%5D=x&api_key=${placeholder}`],
  ['beside one that ends in NUL', `?api_key%00=x&api_key=${placeholder}`],
  ['without a value', '?api_key'],
]
for (const [how, text] of spellings) {
  test(`R-65: a parameter that stands there ${how} gets no secret`, () => {
    const head = headAround({ query: text })
    assert.equal(injection.carries(head, placeholder), false)
    assert.throws(() => injection.apply(head, placeholder, Buffer.from('real')), {
      code: 'placeholder_undeclared_place',
    })
    assert.deepEqual(head, headAround({ query: text }))
  })
}

test('query takes a parameter wherever it stands, and encodes what would end it (R-65, R-67)', () => {
  for (const [before, after] of [
    ['?', ''],
    ['?', '&api=1'],
    ['?a;b&', '&c'],
    ['?a=1&&', '&'],
  ]) {
    const head = headAround({ query: `${before}api_key=${placeholder}${after}` })
    injection.apply(head, placeholder, Buffer.from('a&b=c#d+e%20 ü', 'utf8'))
    assert.equal(head.query, `${before}api_key=a%26b%3Dc%23d%2Be%2520%20%C3%BC${after}`)
  }
})

test('query is attached to a request with and without a query (W3)', () => {
  for (const [before, after] of [
    ['', '?api_key=real'],
    ['?', '?api_key=real'],
    ['?a=1', '?a=1&api_key=real'],
  ]) {
    const head = headAround({ query: before! })
    injection.attach!(head, Buffer.from('real'))
    assert.equal(head.query, after)
  }
})
