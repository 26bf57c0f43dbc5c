import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHead } from '../request-head.ts'
import { digestResponse, isDigestAnswer, readDigestAnswer, unsupportedKind } from './digest-answer.ts'

const headWith = (...values: readonly string[]): RequestHead => ({
  method: 'GET',
  path: '/dir/index.html',
  query: '',
  fields: values.map((value) => ({ name: 'Authorization', value })),
})

const start = 'Digest username="Mufasa", uri="/dir/index.html", response="0"'
const modern =
  'realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth'
const cnonce = 'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"'
const old = 'realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'

/** From RFC 7616 §3.9.1, RFC 2617 §3.5, and RFC 2069 with its erratum 749. */
const vectors: readonly (readonly [string, string, string, string])[] = [
  ['MD5', `${modern}, ${cnonce}, algorithm=MD5`, 'Circle of Life', '8ca523f5e9506fed4657c9700eebdbec'],
  [
    'SHA-256',
    `${modern}, ${cnonce}, algorithm=SHA-256`,
    'Circle of Life',
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  ],
  [
    'RFC 2617',
    `${old}, nc=00000001, qop=auth, cnonce="0a4f113b"`,
    'Circle Of Life',
    '6629fae49393a05397450978507c4ef1',
  ],
  ['RFC 2069', old, 'CircleOfLife', '1949323746fe6a43ef61f9606e7febea'],
]
for (const [name, words, password, response] of vectors) {
  test(`a published answer is made as it stands there: ${name}`, () => {
    const answer = readDigestAnswer(headWith(`${start}, ${words}`))!
    const input = { username: 'Mufasa', password: Buffer.from(password), method: 'GET', uri: '/dir/index.html' }
    assert.equal(digestResponse(answer, input), response)
  })
}

test('what lacks something that belongs to its kind has no response', () => {
  const input = { username: 'Mufasa', password: Buffer.from('x'), method: 'GET', uri: '/' }
  for (const words of [`${modern}`, `${old}, qop=auth, cnonce="1"`, `${old}, algorithm=MD5-sess`]) {
    assert.equal(digestResponse(readDigestAnswer(headWith(`${start}, ${words}`))!, input), undefined)
  }
})

test('one field says that it is an answer, whatever else it says', () => {
  for (const value of ['Digest', 'digest x', 'DIGEST\tx']) assert.equal(isDigestAnswer(headWith(value)), true, value)
  for (const value of ['', 'Digests x', 'Basic digest']) assert.equal(isDigestAnswer(headWith(value)), false, value)
  assert.equal(isDigestAnswer(headWith('Digest x', 'Digest x')), false)
})

test('kinds that cannot be made anew are named', () => {
  const kindOf = (words: string) => unsupportedKind(readDigestAnswer(headWith(`${start}, ${old}, ${words}`))!)
  assert.deepEqual(
    ['algorithm=sha-256-SESS', 'algorithm=SHA-512-256', 'algorithm=SHA-1', 'algorithm=constructor', 'qop=auth-int'].map(
      kindOf,
    ),
    [undefined, undefined, 'Digest with SHA-1', 'Digest with CONSTRUCTOR', 'Digest with qop=auth-int'],
  )
})
