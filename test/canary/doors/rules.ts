import assert from 'node:assert/strict'
import type { RuleList } from '@coatcheck/contract'
import { doorWays } from '../../wire/ways-in.ts'
import { bearer, register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const json = ['Content-Type', 'application/json'] as const

/** Rules that look at every part of a request. */
const rules: RuleList = {
  default: 'deny',
  rules: [
    { effect: 'allow', methods: ['GET'], paths: ['/json', '/attic/**'], query: { page: '*' } },
    { effect: 'allow', methods: ['GET'], paths: ['/json'], when: '!("key" in query)' },
    { effect: 'allow', methods: ['POST'], paths: ['/body'], body: [{ at: '/amount', atMost: 5 }] },
    {
      name: 'told',
      effect: 'allow',
      methods: ['POST'],
      paths: ['/told'],
      when: 'body.amount <= 5.0 && size(body.to) < 9',
    },
    { effect: 'deny', methods: ['PUT'], paths: 'any', when: 'body.amount / body.count > 1.0' },
    { effect: 'deny', methods: ['PUT'], paths: 'any', when: 'body.to.matches("^x$")' },
  ],
}

/** Rule lists: what is refused of them, what they refuse, and what is written of that. */
export const ruleLists: Door = {
  name: 'rules and expressions: refused, tried on bodies that hold values, recorded, suggested and tested',
  once: 'here',
  async walk(stage) {
    await refusedLists(stage)
    const sandbox = await register(stage, { secrets: { KEY: 'key' }, rules: { KEY: rules } })
    const { id } = sandbox.sandbox
    const { foreign } = stage.values
    const asking = { host: goodHost, secret: 'key', headers: [bearer(sandbox), json] }
    const bodies = [
      { amount: foreign.value, count: foreign.value, to: foreign.value },
      { amount: 9, count: 0, to: `(${foreign.value}` },
      { [foreign.value]: 1, amount: [foreign.value] },
      { amount: 1, Amount: 2, to: foreign.value },
    ].map((body) => JSON.stringify(body))
    const [tunnel] = doorWays
    for (const target of ['/body', '/told'])
      for (const body of [...bodies, `{"amount":1,"amount":"${foreign.value}"}`, `{"amount":"${foreign.value}`]) {
        const { code } = await sandbox.send(tunnel!, { ...asking, method: 'POST', target, body })
        assert.ok(['rule_denied', 'rule_unevaluable'].includes(code ?? ''), String(code))
      }
    for (const body of bodies) await sandbox.send(tunnel!, { ...asking, method: 'PUT', target: '/json', body })
    for (const target of [
      '/json',
      '/json?page=2',
      '/attic/coat?page=2',
      `/json?page=${foreign.value}`,
      `/json?key=${foreign.value}`,
    ])
      await sandbox.sendByEach({ ...asking, target })
    await written(stage, id)
    await stage.client.sandboxes.end(id)
  },
}

/** What is written of what a sandbox did, and what a sandbox could do. */
async function written(stage: Stage, id: string): Promise<void> {
  const { next, foreign } = stage.values
  const run = async (code: number, args: readonly string[]) => {
    const result = await stage.commandHere(args)
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
    return result.stdout
  }
  const dry = { ...rules, dryRun: true }
  await stage.client.rules.set(dry)
  const sandbox = await register(stage, { secrets: { KEY: 'key' } })
  const put = { host: goodHost, secret: 'key', method: 'PUT', target: '/json', headers: [bearer(sandbox), json] }
  await sandbox.send(doorWays[0]!, { ...put, body: JSON.stringify({ amount: foreign.value, to: foreign.value }) })
  await run(0, ['policy', 'tried', '--sandbox', sandbox.sandbox.id])
  await stage.client.rules.set(null)
  await stage.client.sandboxes.end(sandbox.sandbox.id)
  const recorded = await run(0, ['policy', 'record', '--sandbox', id])
  const suggested = await run(0, ['policy', 'suggest', '--sandbox', id])
  await stage.withFile(suggested, (list) =>
    stage.withFile(recorded, (cases) => run(0, ['policy', 'test', list, cases]), 'cases'),
  )
  const request = { method: 'POST', url: `https://${goodHost}/told`, body: { amount: next.value, to: next.value } }
  const cases = [
    { request, expect: 'allow' },
    { request: { ...request, headers: { 'x-mode': next.value }, method: 'PUT' }, expect: 'allow' },
  ]
  await stage.withFile(JSON.stringify(rules), (list) =>
    stage.withFile(JSON.stringify({ cases }), (file) => run(1, ['policy', 'test', list, file]), 'cases'),
  )
  const reach = await run(0, ['reach', '--sandbox', id, '--json'])
  await stage.withFile(reach, (file) => run(0, ['reach', '--sandbox', id, '--diff', file]))
  await run(0, ['reach', '--sandbox', id, '--receipt'])
}

/** A value pasted into a list, a file of cases, or what was reached before. */
async function refusedLists(stage: Stage): Promise<void> {
  const { value } = stage.values.next
  const rule = { effect: 'allow', methods: ['GET'], paths: ['/x'] }
  const lists: readonly unknown[] = [
    { default: value, rules: [] },
    { default: 'deny', rules: [], [value]: 1 },
    { default: 'deny', rules: [], presets: [value] },
    { default: 'deny', rules: value },
    ...['effect', 'methods', 'paths', 'hosts', 'query', 'headers', 'body', 'action', 'approvers', value].map(
      (field) => ({
        default: 'deny',
        rules: [{ ...rule, [field]: value }],
      }),
    ),
    ...[{ hosts: [`${value}!`] }, { methods: [`${value}!`] }].map((wrong) => ({
      default: 'deny',
      rules: [{ ...rule, ...wrong }],
    })),
  ]
  for (const given of lists) {
    const { status, text } = await stage.ask({ method: 'POST', path: '/v1/rules/lint', body: { rules: given } })
    assert.ok(status >= 400 && status < 500, `${JSON.stringify(given).replaceAll(value, '…')}: ${text}`)
    await stage.ask({ method: 'PUT', path: '/v1/rules', body: { rules: given } })
  }
  await quotedRules(stage)
  for (const [args, text] of [
    [['policy', 'lint'], `default: deny\nrules: [{ effect: ${value} }]`],
    [['policy', 'set'], `default: deny\nrules: *${value}`],
    [['reach', '--rules'], `default: deny\n${value}\n`],
    [['reach', '--profile', 'open', '--diff'], `{"${value}": `],
  ] as const)
    await stage.withFile(text, async (file) => {
      const { code, stderr } = await stage.commandHere([...args, file])
      assert.equal(code, 2, stderr)
    })
  await stage.withFile(JSON.stringify({ default: 'deny', rules: [] }), (list) =>
    stage.withFile(
      JSON.stringify({ cases: [{ request: { method: 'GET', url: value, [value]: 1 }, expect: value }] }),
      async (cases) => assert.equal((await stage.commandHere(['policy', 'test', list, cases])).code, 2),
      'cases',
    ),
  )
  for (const path of ['/v1/reach', '/v1/reach/receipt'])
    assert.equal((await stage.ask({ method: 'POST', path, body: { sandbox: value } })).status, 404)
}

/** Expressions, paths, pointers and names are quoted to whoever wrote them, but for what looks like a credential in them. */
async function quotedRules(stage: Stage): Promise<void> {
  const { value } = stage.values.next
  const ways = [
    ['POST', '/v1/rules/lint'],
    ['PUT', '/v1/rules'],
  ] as const
  const rule = { effect: 'allow', methods: ['GET'], paths: ['/x'] }
  const expressions = [`body.key == "${value}`, value, `${value}(body)`, `body.x.matches("(${value}")`]
  for (const part of [
    ...expressions.map((when) => ({ when })),
    ...[{ paths: [value] }, { paths: [`/x/${value}?y`] }, { paths: [`/${'x'.repeat(180)}/${value}/**/x**`] }],
    ...[{ name: value, paths: ['/a**b'] }, { body: [{ at: value, equals: 1 }] }],
  ]) {
    const rules = { default: 'deny', rules: [{ ...rule, ...part }] }
    for (const [method, path] of ways)
      assert.equal((await stage.ask({ method, path, body: { rules } })).code, 'rule_invalid')
  }
  const rules = { default: 'deny', rules: [{ ...rule, name: value, paths: [`/x/${value}/**`] }] }
  const { status, text } = await stage.ask({ method: 'POST', path: '/v1/rules/lint', body: { rules } })
  assert.deepEqual([status, /looks like a credential/.test(text)], [200, true], text)
}
