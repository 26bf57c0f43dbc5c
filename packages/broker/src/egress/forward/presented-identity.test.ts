import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identifiedPrefix, readIdentifiedTarget, readProxyAuthorization } from './presented-identity.ts'

const identity = { sandboxId: 'sbx_0123456789abcdefghjk', token: `${'A-_'.repeat(14)}z` }
const text = `${identity.sandboxId}.${identity.token}`
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

test('a Basic pair and a Bearer text say the same identity', () => {
  assert.deepEqual(readProxyAuthorization(basic(`${identity.sandboxId}:${identity.token}`)), identity)
  assert.deepEqual(readProxyAuthorization(`bearer  ${text}`), identity)
})

for (const value of [
  '',
  'Basic',
  'Basic ====',
  basic(identity.sandboxId),
  basic(`${identity.sandboxId}:`),
  basic(`:${identity.token}`),
  basic(`${identity.sandboxId}:${identity.token}x`),
  basic(`${identity.sandboxId} :${identity.token}`),
  `Bearer ${identity.token}`,
  `Bearer ${text} x`,
  `Token ${text}`,
]) {
  test(`${JSON.stringify(value)} says nobody`, () => assert.equal(readProxyAuthorization(value), undefined))
}

for (const [rest, target] of [
  ['', '/'],
  ['/', '/'],
  ['/openai/v1?a=b', '/openai/v1?a=b'],
  ['?a=b', '?a=b'],
  [`/as/${text}/x`, `/as/${text}/x`],
  ['//x', '//x'],
] as const) {
  test(`R-85: behind the identity stands ${JSON.stringify(target)} as it was sent`, () => {
    assert.deepEqual(readIdentifiedTarget(identifiedPrefix(identity) + rest), { identity, target })
  })
}

for (const target of [
  '/',
  '/as/',
  `/as/${text}x`,
  `/as/${text}%2Fopenai`,
  `/AS/${text}/openai`,
  `/%61s/${text}/openai`,
  `//as/${text}/openai`,
  `/x/as/${text}/openai`,
  `/as/${text.replace('.', ':')}/openai`,
]) {
  test(`R-85: ${target.slice(0, 24)}… holds no identity`, () => {
    assert.equal(readIdentifiedTarget(target), undefined)
  })
}
