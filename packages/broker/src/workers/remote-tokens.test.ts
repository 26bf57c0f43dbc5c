import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoutedGrant } from '../egress/routes.ts'
import { prepareInjection } from '../injection/registry.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { MainPost } from './main-post.ts'
import { RemoteTokens } from './remote-tokens.ts'

const inject = { kind: 'oauth2', grant: 'client-credentials', tokenUrl: 'https://auth.example.com/token' }
const { derivation } = prepareInjection(inject)
const grantOf = (id: string) => ({ grant: { id, sandboxId: 'sbx_1', secretId: 'sec_1' } }) as unknown as RoutedGrant

/** Tokens whose main thread counts how often it was asked. */
function makeTokens() {
  const asked: unknown[] = []
  const present = { revision: 1, nowMs: 0 }
  const ask = async (_name: string, body: unknown) => {
    asked.push(body)
    return { version: 1, value: Uint8Array.from(Buffer.from(`token ${asked.length}`)), untilMs: present.nowMs + 1_000 }
  }
  const now = () => new Date(present.nowMs)
  const tokens = new RemoteTokens({ ask } as unknown as MainPost, { current: () => present.revision }, now)
  const obtain = async (id: string) => textOf(await tokens.obtain(grantOf(id), derivation!))
  return { asked, obtain, present, tokens }
}

function textOf({ value }: RevealedSecret): string {
  using text = value
  return text.use((bytes) => Buffer.from(bytes).toString())
}

test('AC-5.1: a token is asked for once by a thread, at each revision and until its end', async () => {
  const { asked, obtain, present, tokens } = makeTokens()
  assert.deepEqual(new Set(await Promise.all([obtain('grt_1'), obtain('grt_1')])), new Set(['token 1']))
  assert.ok(!(tokens.obtain(grantOf('grt_1'), derivation!) instanceof Promise))
  present.nowMs = 999
  assert.equal(await obtain('grt_1'), 'token 1')
  present.nowMs = 1_000
  assert.equal(await obtain('grt_1'), 'token 2')
  present.revision += 1
  assert.equal(await obtain('grt_1'), 'token 3')
  assert.deepEqual(asked[0], { sandboxId: 'sbx_1', grantId: 'grt_1', derivation: derivation!.key })
})

test('SEC-01: what was given out for one grant is not taken for another, nor after a lock', async () => {
  const { asked, obtain, tokens } = makeTokens()
  await obtain('grt_1')
  assert.equal(await obtain('grt_2'), 'token 2')
  tokens.drop('outdated')
  await obtain('grt_1')
  assert.equal(asked.length, 2)
  tokens.drop('all')
  await obtain('grt_1')
  assert.equal(asked.length, 3)
})
