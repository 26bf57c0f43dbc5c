import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openWorld, type World } from '../wire/world.ts'
import { type ApiAnswer, askApi } from './ask-api.ts'

const skip = skipWithout('openssl')
const key = makeCanary('sk_live_')
const root = skip === false ? createTlsRoot().certificate : ''
const otherRoot = skip === false ? createTlsRoot().certificate : ''

const plain: Scope = { to: '*.example.com', inject: { kind: 'header', name: 'x-api-key' } }
const narrow: Scope = { to: 'api.example.com/v1', inject: { kind: 'bearer' } }
const pinned: Scope = {
  ...narrow,
  pin: { address: '192.0.2.1', port: 8443 },
  roots: root,
  allowPrivate: true,
  foreign: 'pass',
}
const always: Scope = { ...narrow, attach: 'always' }
const pair: Scope = { ...narrow, inject: { kind: 'basic', as: 'user' } }
const spread: Scope = { ...narrow, inject: { kind: 'placeholder', in: ['path', 'header:x-a'] } }
const mapped: Scope = { ...narrow, inject: { kind: 'headers', headers: { 'X-A': '{{ value }}' } } }

/** Roots have no meaning in clear text, and are refused there. */
const { roots: _, ...unrooted } = pinned

const widenings: readonly (readonly [what: string, from: Scope, to: Scope | readonly Scope[]])[] = [
  ['another host', narrow, { ...narrow, to: 'api.evil.example/v1' }],
  ['one more host', narrow, [narrow, { ...narrow, to: 'evil.example' }]],
  ['a wider host', narrow, { ...narrow, to: '*.example.com/v1' }],
  ['a host that only ends alike', plain, { ...plain, to: 'evilexample.com' }],
  ['an expression', narrow, { ...narrow, to: '~^(?:api|evil)\\.example\\.com$' }],
  ['a shorter path', narrow, { ...narrow, to: 'api.example.com' }],
  ['another path', narrow, { ...narrow, to: 'api.example.com/v10' }],
  ['another port', narrow, { ...narrow, to: 'https://api.example.com:8443/v1' }],
  ['another scheme', unrooted, { ...unrooted, to: 'http://api.example.com/v1' }],
  ['another injector', narrow, { ...narrow, inject: { kind: 'basic' } }],
  ['another option of the injector', plain, { ...plain, inject: { kind: 'header', name: 'x-token' } }],
  ['one more option of the injector', plain, { ...plain, inject: { ...plain.inject, prefix: 'x ' } }],
  ['a root', narrow, { ...narrow, roots: root }],
  ['another root', pinned, { ...pinned, roots: otherRoot }],
  ['one more root', pinned, { ...pinned, roots: root + otherRoot }],
  ['a pin', narrow, { ...narrow, pin: { address: '192.0.2.1' } }],
  ['a pin to another address', pinned, { ...pinned, pin: { address: '192.0.2.2', port: 8443 } }],
  ['a pin to another port', pinned, { ...pinned, pin: { address: '192.0.2.1', port: 8444 } }],
  ['no pin any more', pinned, { to: pinned.to, inject: pinned.inject, roots: root }],
  ['foreign credentials', narrow, { ...narrow, foreign: 'pass' }],
  ['private addresses', narrow, { ...narrow, allowPrivate: true }],
  ['a secret that is attached unasked', narrow, { ...narrow, attach: 'always' }],
  ['foreign credentials that are replaced', always, { ...always, foreign: 'replace' }],
  ['another half of a pair', pair, { ...pair, inject: { kind: 'basic', as: 'password' } }],
  ['one more surface', spread, { ...spread, inject: { kind: 'placeholder', in: ['path', 'header:x-a', 'basic'] } }],
  ['another template', mapped, { ...mapped, inject: { kind: 'headers', headers: { 'X-A': 'k {{ value }}' } } }],
]

const narrowings: readonly (readonly [what: string, from: Scope | readonly Scope[], to: Scope | readonly Scope[]])[] = [
  ['one host of several', [plain, narrow], plain],
  ['a host instead of a suffix', plain, { ...plain, to: 'api.example.com' }],
  ['a longer path', narrow, { ...narrow, to: 'api.example.com/v1/charges' }],
  ['no foreign credentials', pinned, { ...pinned, foreign: 'refuse' }],
  ['only where the placeholder stands', always, narrow],
  [
    'one user of a pair',
    { ...pair, inject: { kind: 'basic' } },
    { ...pair, inject: { kind: 'basic', username: 'me' } },
  ],
  ['fewer surfaces', spread, { ...spread, inject: { kind: 'placeholder', in: ['header:x-a'] } }],
  ['no private addresses', pinned, { ...pinned, allowPrivate: false }],
  ['no further roots', pinned, { to: pinned.to, inject: pinned.inject, pin: pinned.pin! }],
  ['the same, written out', narrow, { ...narrow, to: 'https://api.example.com:443/v1' }],
]

const listOf = <Item>(one: Item | readonly Item[]): readonly Item[] => (Array.isArray(one) ? one : [one as Item])

describe('SEC-02: the scopes of a secret', { skip }, () => {
  let world: World
  before(async () => {
    world = await openWorld()
  })
  after(() => world[Symbol.asyncDispose]())

  const patch = async (body: object): Promise<ApiAnswer> => {
    const answer = await askApi(world.broker.socketPath, { method: 'PATCH', path: '/v1/secrets/key', body })
    assert.deepEqual(findCanary(answer.text, key), [])
    return answer
  }
  async function withSecret(scopes: readonly Scope[], act: () => Promise<void>): Promise<void> {
    await world.client.secrets.create({ name: 'key', value: key.value, scopes })
    try {
      await act()
    } finally {
      await world.client.secrets.delete('key')
    }
  }

  for (const [what, from, to] of widenings) {
    test(`are not widened by ${what} without the present value`, () =>
      withSecret([from], async () => {
        const { scopes: before } = await world.client.secrets.get('key')
        const scopes = listOf(to)
        const wrong = [undefined, `${key.value}x`, key.value.slice(0, -1), key.value.toLowerCase()]
        for (const value of wrong) {
          const { status, code } = await patch({ scopes, value })
          assert.deepEqual([status, code], [403, 'value_required'], `with ${value}`)
        }
        assert.deepEqual((await world.client.secrets.get('key')).scopes, before)
        assert.equal((await patch({ scopes, value: key.value })).status, 200)
      }))
  }

  for (const [what, from, to] of narrowings) {
    test(`are narrowed without it: ${what}`, () =>
      withSecret(listOf(from), async () => {
        assert.equal((await patch({ scopes: listOf(to) })).status, 200)
      }))
  }

  test('cannot be widened step by step', () =>
    withSecret([plain], async () => {
      assert.equal((await patch({ scopes: [{ ...plain, to: 'api.example.com' }] })).status, 200)
      assert.equal((await patch({ scopes: [plain] })).code, 'value_required')
    }))

  test('are widened by the present value alone, not by an earlier one', () =>
    withSecret([narrow], async () => {
      const next = makeCanary('sk_live_')
      await world.client.secrets.rotate('key', next.value)
      const scopes = [{ ...narrow, to: 'api.example.com' }]
      assert.equal((await patch({ scopes, value: key.value })).code, 'value_required')
      assert.equal((await patch({ scopes, value: next.value })).status, 200)
    }))

  test('have no other way to be widened', () =>
    withSecret([narrow], async () => {
      const scopes = [{ ...narrow, to: 'evil.example' }]
      const ask = (method: string, path: string, body: object) =>
        askApi(world.broker.socketPath, { method, path, body })
      const create = await ask('POST', '/v1/secrets', { name: 'key', value: makeCanary().value, scopes })
      const rotate = await ask('POST', '/v1/secrets/key/rotate', { value: makeCanary().value, scopes })
      const unknown = ['proxy', 'tokenUrl', 'attach'].map((field) =>
        patch({ scopes: [{ ...narrow, [field]: 'x' }], value: key.value }),
      )
      const beside = await patch({ scopes: [narrow], provider: 'stripe' })
      const codes = [create, rotate, ...(await Promise.all(unknown)), beside].map(({ code }) => code)
      assert.deepEqual(codes, ['secret_exists', ...Array(5).fill('request_invalid')])
      assert.deepEqual((await world.client.secrets.get('key')).scopes, [narrow])
    }))
})
