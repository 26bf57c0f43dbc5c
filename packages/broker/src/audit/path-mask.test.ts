import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maskPath } from './path-mask.ts'

const placeholder = 'sk_test_cc7Q2mX9vB4nK8pL3wR6tY1zD5'

const cases: readonly (readonly [name: string, path: string, expected: string])[] = [
  ['an ordinary path stays', '/v1/payment_intents', '/v1/payment_intents'],
  ['the root stays', '/', '/'],
  ['a query is dropped', '/v1/models?key=abc', '/v1/models'],
  ['a fragment is dropped', '/v1#x', '/v1'],
  ['a placeholder is masked', `/bot/${placeholder}/send`, '/bot/[masked]/send'],
  ['a placeholder within a segment is masked', `/bot${placeholder}:x/send`, '/[masked]/send'],
  ['a percent-encoded placeholder is masked', `/a/${placeholder.replaceAll('_', '%5F')}`, '/a/[masked]'],
  ['a doubly encoded placeholder is masked', `/a/${placeholder.replaceAll('_', '%255f')}`, '/a/[masked]'],
  [
    'an encoded placeholder beside a broken triplet is masked',
    `/a/%zz${placeholder.replaceAll('_', '%5F')}`,
    '/a/[masked]',
  ],
  ['line breaks and escapes are encoded', '/a\r\nb\u001b[2J', '/a%0D%0Ab%1B[2J'],
  ['direction marks and other scripts are encoded', '/a\u202eb/é', '/a%E2%80%AEb/%C3%A9'],
  ['a lone surrogate is encoded', '/\ud800', '/%EF%BF%BD'],
]

for (const [name, path, expected] of cases) {
  test(`A2 ${name}`, () => assert.equal(maskPath(path, [placeholder]), expected))
}

const credentials: readonly (readonly [name: string, segment: string])[] = [
  ['an OpenAI key', 'sk-proj-abcdefgh12345678'],
  ['a Stripe key', 'sk_live_51H8abcdEFGH'],
  ['a GitHub token', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
  ['a Telegram bot', 'bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'],
  ['an encoded Telegram bot', 'bot110201543%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'],
  ['a Slack webhook', 'XyZ12abCDefGHij34KLmnOPq'],
  ['a JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP'],
  ['a sandbox with its token', 'sbx_cp55yjf1b3vhsv465mgs.1NyYoI2wEmhYz_Fq7_y93MB9O5VFAxezl_-NIjdzGR0'],
  ['the token of a sandbox', '1NyYoI2wEmhYz_Fq7_y93MB9O5VFAxezl_-NIjdzGR0'],
  ['a token of the management API', 'cct_0a1b2c3d4e.1NyYoI2wEmhYz_Fq7_y93MB9O5VFAxezl_-NIjdzGR0'],
  ['a login with its password', 'user:hunter2@host.example'],
  // Short beginnings, behind whatever is no letter of a word.
  ...['', 'key=', 'key_', 'v2', 'x-access-token:', 'key%3D', 'key%3A', 'key%253A', 'a\\n', 'a\\u003a'].flatMap(
    (before) =>
      ['re_12ab34cd', 'sk-12ab34cd', 'fc-12ab34cd', 'SG.12ab34cd', 'ghs_12ab34cd', 'npm_12ab34cd'].map(
        (key) => [`a key behind ${before}`, before + key] as const,
      ),
  ),
  // Long ones, wherever they stand.
  ['a token of GitHub in a word', 'Bearerghp_16C7e42F'],
  ['a random key behind a word', 'tokensk-aB3dE6gH9jK2mN5pQ8sT'],
]

for (const [name, segment] of credentials) {
  test(`A2 ${name} is masked`, () => assert.equal(maskPath(`/x/${segment}/y`, []), '/x/[masked]/y'))
}

const names = [
  'payment_intents',
  'pi_3MtwBwLkdIwHu7ix',
  '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
  '123e4567-e89b-12d3-a456-426614174000',
  'gpt-4o-2024-08-06:transcribe',
  '@scope%2Fname',
  'service-accounts.googleapis.com',
  'my-Long-Repository-Name-With-Many-Words',
  'chat-completions-2024-10-21-preview',
  'ThisIsALongCamelCaseNameOfAnOperation',
  'v1beta1:batchGenerateContent',
  'more_permissions',
  'store_customers2',
  'task-definitions',
  'network-policies',
  'risk_assessments',
  'rfc-documents',
  'highs_and_lows',
  'MSG.attachments',
  'clientsecret_rotations',
]

for (const name of names) {
  test(`A2 ${name} is no credential`, () => assert.equal(maskPath(`/x/${name}`, []), `/x/${name}`))
}

test('A2 a placeholder that spans segments hides the whole path', () => {
  assert.equal(maskPath('/a/AAAA/BBBB/c', ['AAAA/BBBB']), '/[masked]')
})

test('A2 a long path is cut, and a mask is never cut open', () => {
  const long = maskPath(`/${'a'.repeat(5_000)}`, [])
  assert.equal(long.length, 2_051)
  assert.ok(long.endsWith('...'))
  const late = maskPath(`/${'a/'.repeat(1_020)}${placeholder}`, [placeholder])
  assert.ok(!late.includes(placeholder.slice(0, 8)))
})

test('A2 no placeholder is ever in what is recorded, and nothing but printable ASCII', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(text, text, fc.nat(3), (before, after, encodings) => {
      let inner = placeholder
      for (let layer = 0; layer < encodings; layer++) {
        inner = [...inner].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
      }
      const masked = maskPath(`/${before}${inner}${after}`, [placeholder])
      assert.match(masked, /^[\x21-\x7e]*$/)
      let seen = masked
      for (let layer = 0; layer <= 3; layer++) {
        assert.ok(!seen.includes(placeholder))
        seen = seen.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
      }
    }),
  )
})

// Each would take minutes at the square of its length, while nobody else is served.
test('R-82 a path as long as a head may be is masked in time that grows with its length alone', {
  timeout: 30_000,
}, () => {
  const repeated = ['a', '1', '%25', 'a:', ':', 'eyJ', 'eyJaaaaaaaa.', 'sk-', 'AKIA', '123456', '-', 'a@']
  for (const part of repeated) {
    const long = part.repeat((64 * 1024) / part.length)
    for (const end of ['', ':', '@', '!']) assert.ok(maskPath(`/${long}${end}`, [placeholder]).length <= 2_051)
  }
})

test('A2 a token that stands between other characters is masked', () => {
  for (const segment of [
    'x!eyJhbGciOiJIUzI1NiJ9.eyJzdWIi',
    '-eyJhbGciOiJIUzI1NiJ9.eyJzdWIi',
    'a:b:pass@host',
    ':user:pass@host',
  ]) {
    assert.equal(maskPath(`/${segment}`, []), '/[masked]')
  }
})
