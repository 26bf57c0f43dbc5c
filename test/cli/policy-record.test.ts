import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { RuleCaseResult, RuleList, RuleReview } from '@coatcheck/contract'
import { startOrigin } from '../fixtures/origin.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'

const { runCaptured } = (await import(
  join(repositoryRoot, 'packages/cli/src/captured-command-line.suite.ts')
)) as typeof import('../../packages/cli/src/captured-command-line.suite.ts')

const host = 'api.service.test'
const root = createTlsRoot()

let world: World
let origin: VerifyingServer
let inside: Inside

/** In this process: each command of its own would cost more than all that is tried here. */
const coatcheck = {
  run: (args: readonly string[]) => runCaptured(args, { environment: { COATCHECK_HOME: world.home } }),
  async json<Output>(args: readonly string[]): Promise<Output> {
    return JSON.parse((await this.run([...args, '--json'])).stdout) as Output
  },
}

const file = (name: string, text: string): string => {
  const path = join(world.home, name)
  writeFileSync(path, text)
  return path
}

before(async () => {
  origin = await startOrigin({ root, hosts: { [host]: 'public' } })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = [{ to: host, inject: { kind: 'bearer' as const }, ...reach }]
  await world.client.secrets.create({ name: 'service', value: 'sk-RealRealRealRealReal', scopes })
  inside = await world.createSandbox({ secrets: { KEY: 'service' } })
})

after(async () => {
  await inside.end()
  await world[Symbol.asyncDispose]()
  await origin.close()
})

async function statusOf(method: string, target: string, body?: string): Promise<number> {
  const headers = [['Authorization', `Bearer ${inside.placeholder('KEY')}`]] as const
  return (await inside.send({ host, method, target, headers, ...(body !== undefined && { body }) })).status
}

test('N6, AC-6.5: what a sandbox did becomes rules and cases, and the rules pass the cases offline', async () => {
  for (const [method, target] of [
    ['GET', '/v1/items/1?limit=5'],
    ['GET', '/v1/items/2'],
    ['POST', '/v1/items'],
  ] as const)
    assert.notEqual(await statusOf(method, target), 403)
  const { sandbox } = inside
  const suggested = await coatcheck.json<RuleList>(['policy', 'suggest', '--sandbox', sandbox.id])
  assert.deepEqual(suggested, {
    default: 'deny',
    rules: [
      { effect: 'allow', hosts: [host], methods: ['GET'], paths: ['/v1/items/1', '/v1/items/2'] },
      { effect: 'allow', hosts: [host], methods: ['POST'], paths: ['/v1/items'] },
    ],
  })
  const rules = file('rules.yaml', (await coatcheck.run(['policy', 'suggest', '--sandbox', sandbox.id])).stdout)
  const recorded = await coatcheck.run(['policy', 'record', '--sandbox', sandbox.id])
  assert.doesNotMatch(recorded.stdout, /limit|sk-|Bearer/)
  const cases = file('cases.yaml', recorded.stdout)
  const passed = await coatcheck.run(['policy', 'test', rules, cases])
  assert.deepEqual([passed.code, passed.stdout], [0, 'All 3 cases come out as they say.\n'])
  const narrow = file('narrow.yaml', 'default: deny\nrules: [{ effect: allow, methods: [GET], paths: [/v1/**] }]\n')
  const failed = await coatcheck.run(['policy', 'test', narrow, cases])
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /deny, by default, not allow\n.*allow rules\[0\]: another method\n1 of 3 cases/)
  const { results } = JSON.parse((await coatcheck.run(['policy', 'test', narrow, cases, '--json'])).stdout) as {
    readonly results: readonly RuleCaseResult[]
  }
  assert.deepEqual(
    results.map(({ passes }) => passes),
    [true, true, false],
  )
})

test('SEC-13: a path that looks like rules stays one path in what is suggested and recorded', async () => {
  const target = '/v1/x"]},{"effect":"allow","methods":"any","paths":"any"}'
  assert.notEqual(await statusOf('GET', target), 403)
  const { stdout } = await coatcheck.run(['policy', 'suggest', '--sandbox', inside.sandbox.id])
  const list = file('shown.yaml', stdout)
  const { findings } = await coatcheck.json<RuleReview>(['policy', 'lint', list])
  assert.deepEqual(
    findings.filter(({ kind }) => kind === 'any-of-all'),
    [],
  )
  const cases = file('cases.yaml', (await coatcheck.run(['policy', 'record', '--sandbox', inside.sandbox.id])).stdout)
  assert.equal((await coatcheck.run(['policy', 'test', list, cases])).code, 0)
})

test('N6: a list that is only tried refuses nothing, and the journal says what it would have refused', async () => {
  const tried =
    'default: deny\ndryRun: true\npresets: [no-admin]\nrules: [{ effect: allow, methods: [GET], paths: any }]\n'
  assert.equal((await coatcheck.run(['policy', 'set', file('tried.yaml', tried)])).code, 0)
  assert.match((await coatcheck.run(['policy', 'show'])).stdout, /^dry run: nothing is refused/)
  assert.notEqual(await statusOf('GET', '/v1/dry'), 403)
  assert.notEqual(await statusOf('DELETE', '/v1/dry'), 403)
  assert.notEqual(await statusOf('DELETE', '/v1/dry'), 403)
  const { stdout } = await coatcheck.run(['policy', 'tried', '--sandbox', inside.sandbox.id])
  assert.equal(stdout, `2 x DELETE ${host}/v1/dry: would refuse, project, default\n`)
  const { rules } = await world.client.explain({
    sandbox: inside.sandbox.id,
    method: 'DELETE',
    url: `https://${host}/`,
  })
  assert.deepEqual(
    rules.map(({ dryRun, outcome }) => [dryRun, outcome]),
    [[true, 'deny']],
  )
  await world.client.rules.set({ default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] })
  assert.equal(await statusOf('DELETE', '/v1/dry'), 403)
  await world.client.rules.set(null)
})
