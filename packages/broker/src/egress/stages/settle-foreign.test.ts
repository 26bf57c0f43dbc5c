import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import type { HeaderField } from '../../http/header-field.ts'
import { createInstallation } from '../../storage/sqlite/installation.suite.ts'
import { type ExchangeScene, openExchangeScene } from '../exchange-scene.suite.ts'

const host = 'api.service.test'
const value = 'the-real-value-of-the-key'
const foreign = 'somebody-elses-0123456789'
const bearer: Scope = { to: host, inject: { kind: 'bearer' } }
const replacing: Scope = { ...bearer, attach: 'always', foreign: 'replace' }

function openScene(context: TestContext, ...scopes: readonly Scope[]): ExchangeScene {
  return openExchangeScene(createInstallation(context).open(), { KEY: { value, scopes } })
}

const line = (name: string, text: string): HeaderField => ({ name, value: text })
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`
const ours = ({ env }: ExchangeScene): HeaderField => line('Authorization', `Bearer ${env['KEY']}`)

const places: readonly (readonly [string, string, readonly HeaderField[]])[] = [
  ['Authorization', '/v1', [line('Authorization', `Bearer ${foreign}`)]],
  ['a pair', '/v1', [line('Authorization', basic(`me:${foreign}`))]],
  ['a field of its own', '/v1', [line('X-Api-Key', foreign)]],
  ['a field with another separator', '/v1', [line('x_api_key', foreign)]],
  ['a parameter', `/v1?a=1&api_key=${foreign}&b=2`, []],
  [
    'two fields and a parameter',
    `/v1?access_token=${foreign}`,
    [line('X-Auth-Token', 'x'), line('Private-Token', 'y')],
  ],
  ['a token in an unsuspicious field', '/v1', [line('X-Tag', `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4'}`)]],
]

for (const [where, target, fields] of places) {
  test(`SEC-11: a foreign credential in ${where} is refused and reported, alone and beside ours`, async (context) => {
    for (const scope of [bearer, { ...bearer, foreign: 'refuse' }, { ...bearer, attach: 'always' }] as Scope[]) {
      const scene = openScene(context, scope)
      for (const sent of [
        fields,
        ...(where === 'Authorization' || where === 'a pair' ? [] : [[ours(scene), ...fields]]),
      ]) {
        const { code, records } = await scene.send({ host, target, fields: sent })
        assert.equal(code, 'foreign_credential')
        assert.deepEqual(
          records.map(({ kind }) => kind),
          ['exchange.refused', 'alarm.raised'],
        )
        assert.ok(!JSON.stringify(records).includes(foreign), 'no record repeats it')
      }
      assert.deepEqual(scene.dialled, [])
    }
  })

  test(`SEC-11: \`foreign: pass\` lets ${where} through without our secret, and the records say so`, async (context) => {
    for (const scope of [
      { ...bearer, foreign: 'pass' },
      { ...replacing, foreign: 'pass' },
    ] as Scope[]) {
      const { code, head, records } = await openScene(context, scope).send({ host, target, fields })
      assert.equal(code, undefined)
      assert.deepEqual(head!.fields, [...fields, line('Host', host)])
      assert.equal(head!.path + head!.query, target)
      assert.equal(records.length, 2)
      for (const { note, secrets } of records) {
        assert.match(note ?? '', /^foreign credential passed: (?:header|query)/)
        assert.equal(secrets, undefined)
      }
      assert.ok(!JSON.stringify(records).includes(foreign))
    }
  })

  test(`R-69: \`foreign: replace\` takes ${where} off and attaches ours, and the records say so`, async (context) => {
    const scene = openScene(context, replacing)
    const accept = line('Accept', '*/*')
    const { code, head, records } = await scene.send({ host, target, fields: [...fields, accept] })
    assert.equal(code, undefined)
    assert.deepEqual(head!.fields, [accept, line('Host', host), line('Authorization', `Bearer ${value}`)])
    assert.equal(head!.query, target.includes('a=1') ? '?a=1&b=2' : '')
    for (const { note, secrets } of records) {
      assert.match(note ?? '', /^foreign credential replaced: /)
      assert.deepEqual(secrets, ['key@1'])
    }
    assert.ok(!JSON.stringify(records).includes(foreign))
  })
}

test('R-69: with `foreign: replace`, what stands beside our placeholder is taken off too', async (context) => {
  const scene = openScene(context, replacing)
  const target = `/v1?api_key=${foreign}`
  const fields = [line('X-Api-Key', foreign), ours(scene), line('Cookie', 'a=b')]
  const { head } = await scene.send({ host, target, fields })
  assert.deepEqual(head!.fields, [line('Authorization', `Bearer ${value}`), line('Host', host)])
  assert.equal(head!.query, '')
})

const stuck: readonly (readonly [string, (scene: ExchangeScene) => Parameters<ExchangeScene['send']>[0]])[] = [
  ['a token in the path', () => ({ host, target: `/v1/ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4'}` })],
  ['a request to which nothing is attached', () => ({ host, method: 'OPTIONS', fields: [line('X-Api-Key', foreign)] })],
]
for (const [what, make] of stuck) {
  test(`SEC-11: \`foreign: replace\` refuses ${what}`, async (context) => {
    const scene = openScene(context, replacing)
    assert.equal((await scene.send(make(scene))).code, 'foreign_credential')
    assert.deepEqual(scene.dialled, [])
  })
}

test('SEC-11: `foreign: replace` refuses a cookie where no placeholder asks, as a web page would send it', async (context) => {
  const scene = openScene(context, replacing)
  assert.equal((await scene.send({ host, fields: [line('Cookie', 'session=1')] })).code, 'attach_refused')
  assert.deepEqual(scene.dialled, [])
})

test('SEC-11: `foreign: replace` refuses a foreign half of our pair, and another cookie beside ours', async (context) => {
  const scene = openScene(
    context,
    { ...replacing, inject: { kind: 'basic', as: 'user' } },
    { ...replacing, inject: { kind: 'cookie', name: 'session' } },
  )
  for (const field of [
    line('Authorization', basic(`${scene.env['KEY']}:${foreign}`)),
    line('Cookie', `session=${scene.env['KEY']}; other=1`),
  ]) {
    assert.equal((await scene.send({ host, fields: [field] })).code, 'foreign_credential')
  }
  assert.deepEqual(scene.dialled, [])
})

const declared: readonly (readonly [string, Scope['inject'], string, readonly HeaderField[]])[] = [
  ['header', { kind: 'header', name: 'X-Plain' }, '/', [line('x-plain', 'k')]],
  ['header in another spelling', { kind: 'header', name: 'X-Plain' }, '/', [line('X_PLAIN', 'k')]],
  ['headers', { kind: 'headers', headers: { 'X-Plain': 'v {{ value }}' } }, '/', [line('X-Plain', 'v k')]],
  ['query', { kind: 'query', name: 'plain' }, '/?plain=k', []],
  ['query in another spelling', { kind: 'query', name: 'plain' }, '/?PL%41IN=k', []],
  ['path', { kind: 'path', template: '/bot{{ value }}/**' }, '/botk/getMe', []],
  ['cookie', { kind: 'cookie', name: 'plain' }, '/', [line('Cookie', 'plain=k')]],
  ['placeholder', { kind: 'placeholder', in: ['header:x-plain'] }, '/', [line('X-Plain', 'k')]],
  ['placeholder in a parameter', { kind: 'placeholder', in: ['query:plain'] }, '/?plain=k', []],
]
for (const [kind, inject, target, fields] of declared) {
  test(`SEC-11: whatever stands in the place that ${kind} declares is a credential, whoever made it`, async (context) => {
    const scene = openScene(context, { to: host, inject })
    const { code, records } = await scene.send({ host, target, fields })
    assert.equal(code, 'foreign_credential')
    assert.equal(records.at(-1)?.kind, 'alarm.raised')
    assert.deepEqual(scene.dialled, [])
    const passing = await openScene(context, { to: host, inject, foreign: 'pass' }).send({ host, target, fields })
    assert.match(passing.records[0]?.note ?? '', /^foreign credential passed/)
  })
}

test('SEC-11: the strictest of the scopes in force decides', async (context) => {
  const scene = openScene(context, { ...bearer, foreign: 'pass' }, { ...bearer, inject: { kind: 'basic' } })
  assert.equal((await scene.send({ host, fields: [line('X-Api-Key', foreign)] })).code, 'foreign_credential')
  const other = openScene(
    context,
    { ...bearer, foreign: 'pass' },
    { ...replacing, inject: { kind: 'header', name: 'X' } },
  )
  const { head } = await other.send({ host, fields: [line('X-Api-Key', foreign)] })
  assert.deepEqual(head!.fields, [line('Host', host), line('X', value)])
})

test('our own placeholders are no foreign credentials, whatever their place is called', async (context) => {
  const cases: readonly (readonly [Scope['inject'], (text: string) => Parameters<ExchangeScene['send']>[0], string])[] =
    [
      [{ kind: 'query', name: 'api_key' }, (text) => ({ host, target: `/?api_key=${text}` }), `/?api_key=${value}`],
      [
        { kind: 'path', template: '/bot{{ value }}/**' },
        (text) => ({ host, target: `/bot${text}/x` }),
        `/bot${value}/x`,
      ],
      [{ kind: 'placeholder', in: ['path'] }, (text) => ({ host, target: `/a/${text}/x` }), `/a/${value}/x`],
    ]
  for (const [inject, make, sent] of cases) {
    const scene = openScene(context, { to: host, inject })
    const { code, head, records } = await scene.send(make(scene.env['KEY']!))
    assert.equal(code, undefined)
    assert.equal(head!.path + head!.query, sent)
    const written = JSON.stringify(records)
    assert.ok(!written.includes(value) && !written.includes(scene.env['KEY']!), 'paths are masked in every record')
  }
})
