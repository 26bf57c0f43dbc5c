import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeaderField } from '../../http/header-field.ts'
import type { Injection } from '../../injection/injector.ts'
import { prepareInjection } from '../../injection/registry.ts'
import { copyHead, type RequestHead } from '../../injection/request-head.ts'
import { encodings, samplePlaceholder as ours } from './encoded-placeholder.suite.ts'
import { findPlaceholderParts, findPlaceholders, type PlaceholderPlace } from './find-placeholders.ts'

const theirs = 'ghp_coatcheck_0aZ1bY2cX3dW4eV5fU6gT7hS'
const placeholders = [ours, theirs]

function headWith(part: Partial<RequestHead>, ...fields: HeaderField[]): RequestHead {
  const usual = [{ name: 'Host', value: 'api.stripe.com' }]
  return { method: 'POST', path: '/v1/charges', query: '', ...part, fields: [...usual, ...fields] }
}

interface Declared {
  readonly placeholder: string
  readonly injection: Injection
}

/** Where placeholders stand when those in declared places were taken out. */
function undeclaredPlaces(head: RequestHead, declared: readonly Declared[]): PlaceholderPlace[] {
  const rest = copyHead(head)
  for (const { placeholder, injection } of declared) injection.blank(rest, placeholder)
  return findPlaceholderParts(rest, placeholders)
}

const surfaces: readonly [string, (text: string) => RequestHead][] = [
  ['the method', (text) => headWith({ method: text })],
  ['the path', (text) => headWith({ path: `/v1/${text}/x` })],
  ['the query', (text) => headWith({ query: `?a=1&note=x${text}` })],
  ['a parameter name', (text) => headWith({ query: `?${text}` })],
  ['a header value', (text) => headWith({}, { name: 'X-Note', value: `"${text}"; q=1` })],
  ['a header name', (text) => headWith({}, { name: `x-${text}`, value: '' })],
  ['the credential field', (text) => headWith({}, { name: 'Authorization', value: `Digest username="${text}"` })],
  ['a cookie', (text) => headWith({}, { name: 'Cookie', value: `a=b; session=${text}` })],
]

for (const [surface, make] of surfaces) {
  test(`R-60: a placeholder in ${surface} is found in every encoding, and is undeclared`, () => {
    for (const [name, encode] of Object.entries(encodings)) {
      const head = make(encode(ours))
      const [place, ...more] = findPlaceholders(head, placeholders)
      assert.equal(place?.placeholder, ours, name)
      assert.deepEqual(more, [])
      const declared = [{ placeholder: ours, injection: prepareInjection({ kind: 'bearer' }) }]
      assert.equal(undeclaredPlaces(head, declared).length, 1, name)
    }
  })
}

test('R-60: places are told by kind, field and encoding', () => {
  const pair = Buffer.from(`user:${ours}`).toString('base64')
  const head = headWith(
    { query: `?k=${theirs}` },
    { name: 'Authorization', value: `Basic ${pair}` },
    { name: ours.toLowerCase(), value: encodings['lower-case percent-encoding']!(ours) },
  )
  assert.deepEqual(findPlaceholders(head, placeholders), [
    { placeholder: theirs, surface: 'query', field: null, encoding: 'raw' },
    { placeholder: ours, surface: 'header-value', field: 1, encoding: 'basic' },
    { placeholder: ours, surface: 'header-name', field: 2, encoding: 'folded' },
    { placeholder: ours, surface: 'header-value', field: 2, encoding: 'percent' },
  ])
})

test('R-60: hexadecimal digits of mixed case, and escapes of escapes, are undone', () => {
  const mixed = [...Buffer.from(ours).toString('hex')]
    .map((digit, index) => (index % 3 === 0 ? digit.toUpperCase() : digit))
    .join('')
  const twice = encodings['percent-encoding of every character']!(ours).replaceAll('%', '%25')
  const inPair = Buffer.from(`git:${encodings['percent-encoding of one character']!(ours)}`).toString('base64')
  for (const value of [mixed, twice, `Basic ${inPair}`, `Basic ${inPair.replace(/=*$/, '')}`]) {
    assert.equal(findPlaceholders(headWith({}, { name: 'Authorization', value }), placeholders)[0]?.placeholder, ours)
  }
})

test('R-13, R-15: the placeholder of one secret is found at the host of another, and the other injection leaves it', () => {
  const bearer = { placeholder: ours, injection: prepareInjection({ kind: 'bearer' }) }
  const head = headWith({}, { name: 'Authorization', value: `Bearer ${theirs}` })
  for (const host of ['api.stripe.com', 'api.github.com', 'api.stripe.com']) {
    head.fields[0]!.value = host
    const [place] = findPlaceholders(head, placeholders)
    assert.equal(place?.placeholder, theirs)
    assert.equal(bearer.injection.carries(head, ours), false)
    assert.equal(undeclaredPlaces(head, [bearer]).length, 1)
  }
})

test('a placeholder in its declared place only leaves nothing undeclared, and the head is not touched', () => {
  const cases = [
    ['bearer', `Bearer ${ours}`],
    ['basic', `Basic ${Buffer.from(`${ours}:`).toString('base64')}`],
  ] as const
  for (const [kind, value] of cases) {
    const head = headWith({}, { name: 'authorization', value })
    const before = structuredClone(head)
    const declared = [{ placeholder: ours, injection: prepareInjection({ kind }) }]
    assert.equal(findPlaceholders(head, placeholders).length, 1)
    assert.deepEqual(undeclaredPlaces(head, declared), [])
    assert.deepEqual(head, before)
  }
})

test('R-60: the declared place excuses no other one, not even inside the same pair', () => {
  const injection = prepareInjection({ kind: 'basic' })
  const value = `Basic ${Buffer.from(`${encodings['lower-case hexadecimal']!(ours)}:${ours}`).toString('base64')}`
  const inPair = headWith({}, { name: 'Authorization', value })
  const inQuery = headWith({ query: `?x=${ours}` }, { name: 'Authorization', value: `Basic ${btoa(`git:${ours}`)}` })
  for (const head of [inPair, inQuery]) {
    assert.equal(injection.carries(head, ours), true)
    assert.equal(undeclaredPlaces(head, [{ placeholder: ours, injection }]).length, 1)
  }
})

test('two secrets on one request are each in their own place (W4)', () => {
  const head = headWith({}, { name: 'Authorization', value: `Bearer ${ours}` }, { name: 'X-Key', value: theirs })
  const declared = [
    { placeholder: ours, injection: prepareInjection({ kind: 'bearer' }) },
    { placeholder: theirs, injection: prepareInjection({ kind: 'header', name: 'X-Key' }) },
  ]
  assert.deepEqual(undeclaredPlaces(head, declared), [])
  assert.equal(undeclaredPlaces(head, declared.slice(1)).length, 1)
})

test('a head without placeholders has no places, and hostile filler is gone through once', () => {
  const filler = [ours.slice(0, 29), '%25'.repeat(20_000), `\\u`.repeat(30_000), ours.slice(0, 29).repeat(2_000)]
  for (const value of filler) {
    assert.deepEqual(findPlaceholderParts(headWith({ query: `?${value}` }, { name: 'X', value }), placeholders), [])
    assert.deepEqual(findPlaceholders(headWith({ query: `?${value}` }, { name: 'X', value }), placeholders), [])
  }
  assert.deepEqual(findPlaceholders(headWith({ query: `?${ours}` }), []), [])
})

test('R-63: half of the random characters is found, less is not', () => {
  const random = ours.slice(-24)
  for (const half of [random.slice(0, 12), random.slice(12)]) {
    for (const value of [half, `x${half}`, Buffer.from(`:${half}//`).toString('base64'), half.toUpperCase()]) {
      const [place] = findPlaceholderParts(headWith({}, { name: 'X', value }), placeholders)
      assert.deepEqual([place?.placeholder, place?.field], [ours, 1])
    }
  }
  for (const value of [random.slice(0, 11), random.slice(13), random.slice(6, 17), ours.slice(0, -24)]) {
    assert.deepEqual(findPlaceholderParts(headWith({}, { name: 'X', value }), placeholders), [])
  }
})
