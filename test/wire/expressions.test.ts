import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCapScene, send } from './cap-scene.ts'

const skip = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const routes = [
  {
    method: 'POST',
    path: /^\/pay/,
    answer: ({ response }: { readonly response: { end(text: string): unknown } }) => void response.end('paid'),
  },
]

for (const [what, options] of [
  ['own plane', { httpPlane: 'own' }],
  ['reference plane', { httpPlane: 'reference' }],
  ['two workers', { workers: 2 }],
] as const) {
  test(`${what}: an expression lets a body through, and refuses what it denies and what it cannot tell`, {
    skip: what === 'two workers' && skip,
  }, async () => {
    await using scene = await openCapScene({ ...options, routes })
    const { rules } = scene.world.client
    const when = 'has(body.amount) && body.amount <= 100.0 && grants.all(grant, grant.secret == "api")'
    await rules.set({ default: 'deny', rules: [{ effect: 'allow', methods: ['POST'], paths: ['/pay'], when }] })
    const place = await scene.place()
    const pay = async (body: string) => {
      const headers = [['Content-Type', 'application/json']] as const
      const { status, code } = await send(place, { method: 'POST', target: '/pay', body, headers })
      return [status, code]
    }
    assert.deepEqual(await pay('{"amount":100}'), [200, undefined])
    assert.deepEqual(await pay('{"amount":101}'), [403, 'rule_denied'])
    assert.deepEqual(await pay('{"Amount":1}'), [403, 'rule_unevaluable'])
    assert.deepEqual(await pay('{"amount":"1"}'), [403, 'rule_unevaluable'])
    assert.deepEqual(await pay('{"amount":1,"amount":200}'), [403, 'rule_unevaluable'])
    assert.equal(scene.arrived.count, 1)
    await assert.rejects(rules.set({ default: 'deny', rules: [{ effect: 'deny', when: 'nothing.here' }] }), {
      code: 'rule_invalid',
    })
  })
}
