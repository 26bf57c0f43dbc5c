import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { parseInjector } from './parse-injector.ts'

const injectors: readonly (readonly [string, InjectorSpec])[] = [
  ['bearer', { kind: 'bearer' }],
  ['bearer:token', { kind: 'bearer', scheme: 'token' }],
  ['header:x-api-key', { kind: 'header', name: 'x-api-key' }],
  ['header:Authorization,prefix=Key ', { kind: 'header', name: 'Authorization', prefix: 'Key ' }],
  ['basic', { kind: 'basic' }],
  ['basic:user', { kind: 'basic', as: 'user' }],
  ['basic,username=me', { kind: 'basic', username: 'me' }],
  ['cookie:session', { kind: 'cookie', name: 'session' }],
  ['body:/auth/token', { kind: 'body', pointer: '/auth/token' }],
  ['body:api_key', { kind: 'body', field: 'api_key' }],
  ['query:key', { kind: 'query', name: 'key' }],
  ['path:/bot{{ value }}/**', { kind: 'path', template: '/bot{{ value }}/**' }],
  ['headers:DD-API-KEY={{ value }}', { kind: 'headers', headers: { 'DD-API-KEY': '{{ value }}' } }],
  [
    'headers:Authorization=Key {{ value }},X-Version=a=b',
    { kind: 'headers', headers: { Authorization: 'Key {{ value }}', 'X-Version': 'a=b' } },
  ],
  ['placeholder:header:x-key,query:token,path', { kind: 'placeholder', in: ['header:x-key', 'query:token', 'path'] }],
  ['mtls', { kind: 'mtls' }],
  ['ssh', { kind: 'ssh' }],
  ['ssh:me,hostKeys=SHA256:a+/b SHA256:c', { kind: 'ssh', user: 'me', hostKeys: ['SHA256:a+/b', 'SHA256:c'] }],
  [
    'ssh,access=read-only,repositories=team/* other',
    { kind: 'ssh', access: 'read-only', repositories: ['team/*', 'other'] },
  ],
  ['smtp:me@example.com,tls=implicit', { kind: 'smtp', user: 'me@example.com', tls: 'implicit' }],
  [
    'smtp,senders=me@example.com,recipients=@example.com ann@example.org',
    { kind: 'smtp', senders: ['me@example.com'], recipients: ['@example.com', 'ann@example.org'] },
  ],
  ['redis,commands=@read publish', { kind: 'redis', commands: ['@read', 'publish'] }],
  ['redis:app,access=read-only', { kind: 'redis', user: 'app', access: 'read-only' }],
  [
    'registry:https://auth.example.com/token,username=ann,repositories=team/* other',
    {
      kind: 'registry',
      tokenUrl: 'https://auth.example.com/token',
      username: 'ann',
      repositories: ['team/*', 'other'],
    },
  ],
  ['mysql', { kind: 'mysql' }],
  ['mysql:app,access=read-only', { kind: 'mysql', user: 'app', access: 'read-only' }],
  ['digest', { kind: 'digest' }],
  ['digest:ann', { kind: 'digest', username: 'ann' }],
  ['sigv4:s3,sqs', { kind: 'sigv4', services: ['s3', 'sqs'] }],
  [
    '{"kind":"headers","headers":{"X-Key":"a,{{ value }}"}}',
    { kind: 'headers', headers: { 'X-Key': 'a,{{ value }}' } },
  ],
  ['sigv4,region=eu', { kind: 'sigv4', region: 'eu' }],
]
for (const [text, spec] of injectors) {
  test(`--inject ${text}`, () => assert.deepEqual(parseInjector(text), spec))
}

for (const text of [
  '',
  ':x',
  'bearer,',
  'bearer:',
  'sigv5:x',
  'header,=x',
  'headers:X-Key',
  'headers:',
  '{',
  '{}',
  '{"a":1}',
]) {
  test(`--inject ${text} is refused`, () => assert.throws(() => parseInjector(text), { name: 'InvalidArgumentError' }))
}
