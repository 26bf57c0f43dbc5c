import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { readRedisLogin } from './redis-login.ts'
import { prepareInjection } from './registry.ts'

const read = (text: string, scope: Parameters<typeof readRedisLogin>[1] = {}) =>
  readRedisLogin(Buffer.from(text), scope)
const alone = { user: null, database: null, host: null, port: null, asksForTls: false }
const there = { host: 'cache.example.com', port: 6379 }

const logins: readonly (readonly [string, Parameters<typeof readRedisLogin>[1], object])[] = [
  ['pass word', {}, { ...alone, password: 'pass word' }],
  ['pw', { user: 'app', database: '3' }, { ...alone, password: 'pw', user: 'app', database: 3 }],
  ['redis://:pw@cache.example.com', {}, { ...alone, ...there, password: 'pw' }],
  ['redis://default:pw@cache.example.com', {}, { ...alone, ...there, password: 'pw' }],
  [
    'rediss://app:p%40w@Cache.Example.com:7000/2',
    {},
    {
      ...{ user: 'app', password: 'p@w', database: 2, host: 'cache.example.com', port: 7_000, asksForTls: true },
    },
  ],
  [
    'valkeys://a:pw@cache.example.com/2',
    { user: 'b', database: '0' },
    {
      ...{ ...alone, ...there, user: 'b', password: 'pw', database: 0, asksForTls: true },
    },
  ],
]

for (const [text, scope, login] of logins) {
  test(`a login is read from ${text} with ${JSON.stringify(scope)}`, () => {
    assert.deepEqual(read(text, scope), login)
  })
}

test('what is no login is refused, and nothing of it is repeated', () => {
  for (const text of [
    'redis://cache.example.com',
    'redis://user@cache.example.com',
    'redis://:%zz-canary@cache.example.com',
    'redis://:canary@cache.example.com/name',
    'redis://:canary@cache.example.com/01',
    'redis://:canary@ho st',
    'redis-sentinel://:canary@cache.example.com',
    'https://:canary@cache.example.com',
  ]) {
    assert.throws(
      () => read(text),
      (error) => error instanceof CoatcheckError && error.code === 'secret_unusable' && !/canary/.test(error.message),
      text,
    )
  }
})

test('RD-12: a scope cannot list what is never allowed', () => {
  const fine = ['get', 'GET', 'object|freq', '@read', 'json.*', 'json.get', 'client|list', 'script|load', 'new-command']
  prepareInjection({ kind: 'redis', commands: fine })
  const never = [
    'config',
    'CONFIG|get',
    'config|new',
    'acl',
    'acl|new',
    'acl|list',
    'client',
    'client|capa',
    'cluster|slots',
  ]
  for (const entry of [
    ...never,
    'monitor',
    'migrate',
    'role',
    'script|debug',
    'module|list',
    '*',
    '.*',
    '@all',
    'a b',
    '',
  ]) {
    assert.throws(() => prepareInjection({ kind: 'redis', commands: [entry] }), { code: 'scope_invalid' }, entry)
  }
})
