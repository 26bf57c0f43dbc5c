import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { makeCanary } from '../fixtures/canary.ts'
import { askApi } from './ask-api.ts'
import { type Caller, callerKinds } from './caller.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'

const key = makeCanary('sk_live_')

/** Destinations that no scope may have. */
const refused: readonly (readonly [what: string, to: readonly string[]])[] = [
  ['clear text', ['http://api.example.com', 'http://api.example.com:443', 'HTTP://api.example.com']],
  ['a port without a scheme', ['api.example.com:8443', 'api.example.com:80', '*.example.com:444']],
  ['a port that is none', ['https://api.example.com:0', 'https://api.example.com:65536', 'https://api.example.com:x']],
  ['another scheme', ['ftp://api.example.com', 'ws://api.example.com', 'file:///etc/passwd']],
  ['every host', ['*', '*.*', '~^.*$', '~.*', '~^[a-z.]+$', '~^[^/]*$']],
  ['a public suffix', ['*.com', '*.co.uk', '*.github.io', '*.test']],
  [
    'a suffix that tenants share',
    ['*.vercel.app', '*.atlassian.net', '*.zendesk.com', '*.amazonaws.com', '*.core.windows.net'],
  ],
  ['an expression over a shared suffix', ['~^[a-z]+\\.vercel\\.app$', '~^[a-z]+\\.zendesk\\.com$', '~^[a-z]+\\.com$']],
  ['an expression with an unescaped dot', ['~^api.example.com$', '~^api.example\\.com$']],
  ['an expression without anchors', ['~api\\.example\\.com', '~^api\\.example\\.com', '~api\\.example\\.com$']],
  ['an expression that others can register under', ['~^[a-z]+example\\.com$', '~^(?:api\\.example\\.com|evil)$']],
  ['an expression that does not say so', ['^api\\.example\\.com$', 'api\\.example\\.com', '(api|www).example.com']],
  ['a star inside', ['api.*.example.com', 'ap*.example.com', '*api.example.com']],
  ['an address', ['10.0.0.1', '127.0.0.1', '[::1]', '0x7f000001', '2130706433', '::1']],
  ['user information', ['me@api.example.com', 'api.example.com@evil.example', 'https://a:b@api.example.com']],
  [
    'a query, a fragment or a climb',
    ['api.example.com/v1?x', 'api.example.com/#x', 'api.example.com/v1/../v2', 'api.example.com/%2e%2e'],
  ],
  ['no host', ['https://', '/', '*.']],
  ['what is no name', ['api example.com', 'api..example.com', '-.example.com', 'api.example.com\n', 'a'.repeat(300)]],
]

const accepted = [
  'api.example.com',
  'https://api.example.com:8443',
  '*.example.com',
  '~^(?:api|www)\\.example\\.com$',
  'api.example.com/v1',
]

const [kind] = callerKinds.filter(({ skip }) => skip === false)
describe('SEC-07: the destinations of a secret', { skip: kind === undefined && callerKinds.at(-1)?.skip }, () => {
  let caller: Caller
  let broker: ServingBroker
  let service: Server
  let dials = 0
  before(async () => {
    caller = kind!.make()
    broker = await startServe(caller)
    service = createServer((socket) => {
      dials += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    await createClient(broker).secrets.create({ name: 'key', value: key.value, scopes: [scope('api.example.com')] })
  })
  after(async () => {
    await broker?.stop()
    service?.close()
    caller?.[Symbol.dispose]()
  })

  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' } })

  for (const [what, destinations] of refused) {
    test(`are refused when saved: ${what}`, async () => {
      const client = createClient(broker)
      const before = await client.secrets.list()
      for (const to of destinations) {
        const scopes = [scope(to)]
        const questions = [
          { method: 'POST', path: '/v1/secrets', body: { name: 'other', value: key.value, scopes } },
          { method: 'PATCH', path: '/v1/secrets/key', body: { scopes, value: key.value } },
          {
            method: 'PATCH',
            path: '/v1/secrets/key',
            body: { scopes: [scope('api.example.com'), ...scopes], value: key.value },
          },
        ]
        for (const question of questions) {
          const { status, code } = await askApi(broker.socketPath, question)
          assert.deepEqual([status, code], [422, 'scope_invalid'], `${question.method} ${to}`)
        }
      }
      assert.deepEqual(await client.secrets.list(), before)
    })
  }

  test('are saved when they are exact, or belong to one owner', async () => {
    const client = createClient(broker)
    for (const to of accepted) {
      await client.secrets.create({ name: 'other', value: key.value, scopes: [scope(to)] })
      await client.secrets.delete('other')
    }
  })

  test('are https on port 443 and nothing else, so that not one byte goes elsewhere', async () => {
    const client = createClient(broker)
    const { port } = service.address() as AddressInfo
    const scopes = [{ ...scope('pinned.example.com'), pin: { address: '127.0.0.1', port } }]
    await client.secrets.create({ name: 'pinned', value: key.value, scopes })
    const urls = [
      ...['http://pinned.example.com/', 'http://pinned.example.com:443/', 'https://pinned.example.com:80/'],
      ...['https://pinned.example.com:8443/', 'http://pinned.example.com:8080/', 'https://www.pinned.example.com/'],
      ...['https://example.com/', 'https://pinned-example.com/', 'https://pinned.example.com.evil.example/'],
    ]
    const each = urls.map((url) => `curl -sS -k --max-time 10 -H "Authorization: Bearer $KEY" ${url}`)
    const allow = ['--allow', 'http://pinned.example.com', '--allow', 'https://pinned.example.com:8443']
    for (const options of [[], allow]) {
      const args = [
        'run',
        '--profile',
        'locked',
        '--secret',
        'KEY=pinned',
        ...options,
        '--',
        'sh',
        '-c',
        each.join('; '),
      ]
      const { stdout, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder })
      assert.equal(dials, 0, `${stdout}${stderr}`)
    }
    const right = 'curl -sS -k --max-time 10 -H "Authorization: Bearer $KEY" https://pinned.example.com/'
    await caller.coatcheck.run(['run', '--secret', 'KEY=pinned', '--', 'sh', '-c', right], { cwd: caller.folder })
    assert.ok(dials > 0, 'the service cannot be reached at all')
  })
})
