import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, test } from 'node:test'
import type { CreatedDecoy, DecoyView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { openWorld, receive, type World } from '../wire/world.ts'

let world: World
let coatcheck: CoatcheckCommand
before(async () => {
  world = await openWorld()
  coatcheck = makeCoatcheckCommand(world.home)
})
after(() => world[Symbol.asyncDispose]())

async function metrics(): Promise<string> {
  const asked = request({ socketPath: world.broker.socketPath, path: '/metrics' }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return (await receive(response)).text
}

test('N8: a decoy is made, met, listed with the time of that, and forgotten', async () => {
  const made = await coatcheck.json<CreatedDecoy>(['decoy', 'create', 'wiki page', '--provider', 'stripe'])
  assert.deepEqual([made.name, made.provider, made.variable], ['wiki page', 'stripe', 'STRIPE_SECRET_KEY'])
  assert.match(made.placeholder, /^sk_test_coatcheck_/)
  const list = () => coatcheck.json<readonly DecoyView[]>(['decoy', 'list'])
  const before = await list()
  assert.deepEqual([before.length, before[0]?.lastSeenAt], [1, null])
  assert.ok(!JSON.stringify(before).includes(made.placeholder))
  assert.match((await coatcheck.run(['decoy', 'list'])).stdout, /LOOKS LIKE.*LAST SEEN\n.*never/)

  const credentials = { STRIPE_SECRET_KEY: 'sk_live_0123456789abcdefghijklmn' }
  const inside = await world.createSandbox({ credentials })
  const { code } = await inside.send({
    host: 'api.stripe.com',
    headers: [['Authorization', `Bearer ${made.placeholder}`]],
  })
  assert.equal(code, 'placeholder_foreign')
  assert.notEqual((await list())[0]?.lastSeenAt, null)
  assert.match((await coatcheck.run(['logs', '--decision', 'refused'])).stdout, /decoy_used/)
  assert.match(await metrics(), /alarms_total\{code="decoy_used"\} 1/)
  await inside.end()

  assert.match((await coatcheck.run(['decoy', 'delete', made.id])).stdout, /is forgotten/)
  assert.deepEqual(await list(), [])
  assert.equal((await coatcheck.run(['decoy', 'delete', made.id])).code, 3)
})

test('N8: a kind of key is chosen by how it begins; without a provider a decoy looks like any placeholder', async () => {
  const options = ['--provider', 'github', '--key-prefix', 'github_pat_']
  assert.match((await coatcheck.run(['decoy', 'create', 'pat', ...options])).stdout, /^github_pat_coatcheck_\w+\n/)
  const plain = await coatcheck.run(['decoy', 'create', 'plain'])
  assert.match(plain.stdout, /^coatcheck_\w+\ndcy_\w+: shown this once/)
  for (const [args, says] of [
    [['decoy', 'create', 'd', '--provider', 'gitlap'], /gitlab/],
    [['decoy', 'create', 'd', '--key-prefix', 'sk_'], /provider/],
    [['decoy', 'create', ''], /name/],
  ] as const) {
    const result = await coatcheck.run(args)
    assert.notEqual(result.code, 0)
    assert.match(result.stderr, says)
  }
})

test('every decoy that comes and goes is in the journal', async () => {
  const kinds = (await world.events()).map(({ event }) => event.kind).filter((kind) => kind.startsWith('decoy.'))
  assert.deepEqual(kinds, ['decoy.created', 'decoy.deleted', 'decoy.created', 'decoy.created'])
})
