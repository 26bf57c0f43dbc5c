import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import type { Scope } from '@coatcheck/contract'
import type { HeaderField } from '../http/header-field.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { type ExchangeScene, openExchangeScene } from './exchange-scene.suite.ts'
import { judge } from './pipeline.ts'

const value = 'the-real-value-of-the-key'
const line = (name: string, text: string): HeaderField => ({ name, value: text })
const basic = (pair: string): string => `Basic ${Buffer.from(pair, 'latin1').toString('base64')}`

function openGithub(context: TestContext): ExchangeScene {
  return openExchangeScene(createInstallation(context).open(), {
    GITHUB_TOKEN: { value, scopes: scopesOf(findProvider('github')!) },
  })
}

test('V4, AC-3.4: one placeholder of one secret is good at all of its hosts, in the form that each one takes', async (context) => {
  const scene = openGithub(context)
  const text = scene.env['GITHUB_TOKEN']!
  const cases = [
    ['api.github.com', `Bearer ${text}`, `Bearer ${value}`],
    ['api.github.com', `token ${text}`, `token ${value}`],
    ['uploads.github.com', `Bearer ${text}`, `Bearer ${value}`],
    ['github.com', basic(`x-access-token:${text}`), basic(`x-access-token:${value}`)],
    ['github.com', basic(`${text}:x-oauth-basic`), basic(`${value}:x-oauth-basic`)],
  ] as const
  for (const [host, sent, received] of cases) {
    const { code, head, records } = await scene.send({ host, fields: [line('authorization', sent)] })
    assert.equal(code, undefined)
    assert.deepEqual(head!.fields, [line('authorization', received), line('Host', host)])
    assert.deepEqual(records.at(-1)?.secrets, ['github_token@1'])
  }
})

test('V4, AC-3.1: the form of one host is not taken at another', async (context) => {
  const scene = openGithub(context)
  const text = scene.env['GITHUB_TOKEN']!
  for (const [host, sent, code] of [
    ['github.com', `Bearer ${text}`, 'placeholder_undeclared_place'],
    ['raw.githubusercontent.com', basic(`x:${text}`), 'placeholder_undeclared_place'],
    ['github.com.evil.example', basic(`x:${text}`), 'placeholder_wrong_destination'],
    ['gist.github.com', `Bearer ${text}`, 'placeholder_wrong_destination'],
  ] as const) {
    assert.equal((await scene.send({ host, fields: [line('Authorization', sent)] })).code, code, host)
  }
  assert.deepEqual(scene.dialled, [])
})

test('W4: two secrets on one request, each in its own field', async (context) => {
  const host = 'api.datadoghq.test'
  const scope = (name: string): Scope => ({ to: host, inject: { kind: 'headers', headers: { [name]: '{{ value }}' } } })
  const scene = openExchangeScene(createInstallation(context).open(), {
    DD_API_KEY: { value, scopes: [scope('DD-API-KEY')] },
    DD_APP_KEY: { value: 'the-real-value-of-another', scopes: [scope('DD-APPLICATION-KEY')] },
  })
  const [api, app] = [scene.env['DD_API_KEY']!, scene.env['DD_APP_KEY']!]
  const { head, records } = await scene.send({
    host,
    fields: [line('DD-API-KEY', api), line('DD-APPLICATION-KEY', app)],
  })
  assert.deepEqual(head!.fields, [
    line('DD-API-KEY', value),
    line('DD-APPLICATION-KEY', 'the-real-value-of-another'),
    line('Host', host),
  ])
  assert.deepEqual(records.at(-1)?.secrets?.toSorted(), ['dd_api_key@1', 'dd_app_key@1'])
  const swapped = await scene.send({ host, fields: [line('DD-API-KEY', app), line('DD-APPLICATION-KEY', api)] })
  assert.equal(swapped.code, 'placeholder_undeclared_place')
})

test('of two scopes of a secret for one place, the first in its own order is the one that is used', async (context) => {
  const host = 'api.example.test'
  const inject = { kind: 'bearer' }
  const pins = ['192.0.2.1', '192.0.2.2'].map((address) => ({ pin: { address } }))
  const scene = openExchangeScene(createInstallation(context).open(), {
    API_KEY: {
      value,
      scopes: [
        { to: `${host}/v1`, inject, ...pins[0] },
        { to: host, inject, ...pins[1] },
      ],
    },
  })
  const fields = [line('Authorization', `Bearer ${scene.env['API_KEY']}`)]
  for (const target of ['/v1/me', '/me']) {
    const { code, head } = await scene.send({ host, target, fields })
    assert.equal(code, undefined)
    assert.deepEqual(head!.fields[0], line('Authorization', `Bearer ${value}`))
  }
  const exchange = scene.begin({ host, target: '/v1/me', fields })
  assert.equal(judge(exchange, scene.services), undefined)
  assert.deepEqual([exchange.attachments.length, exchange.reach.pin?.address], [1, '192.0.2.1'])
})
