import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { injectors } from '../../injection/registry.ts'
import { describePlace } from './describe-place.ts'

const places: readonly (readonly [InjectorSpec, string])[] = [
  [{ kind: 'bearer' }, 'Authorization: Bearer <KEY>'],
  [{ kind: 'bearer', scheme: 'token' }, 'Authorization: token <KEY>'],
  [{ kind: 'basic' }, 'Authorization: Basic base64(<KEY>:…) or Authorization: Basic base64(…:<KEY>)'],
  [{ kind: 'basic', as: 'user' }, 'Authorization: Basic base64(<KEY>:…)'],
  [{ kind: 'basic', as: 'password' }, 'Authorization: Basic base64(…:<KEY>)'],
  [{ kind: 'basic', username: 'me' }, 'Authorization: Basic base64(me:<KEY>)'],
  [{ kind: 'body', pointer: '/auth/token' }, 'in JSON at /auth/token: "<KEY>"'],
  [{ kind: 'body', field: 'api_key' }, 'in a form: api_key=<KEY>'],
  [{ kind: 'cookie', name: 'session' }, 'Cookie: session=<KEY>'],
  [{ kind: 'header', name: 'X-Api-Key' }, 'X-Api-Key: <KEY>'],
  [{ kind: 'header', name: 'X-Key', prefix: 'Key ' }, 'X-Key: Key <KEY>'],
  [
    { kind: 'headers', headers: { 'X-A': 'a {{ value }}', 'X-B': 'b', 'X-C': '{{value}}' } },
    'X-A: a <KEY> or X-C: <KEY>',
  ],
  [
    { kind: 'digest', username: 'ann' },
    'nowhere: the client answers the Digest challenge of the service with <KEY> for a password',
  ],
  [{ kind: 'hmac', header: 'X-Sign', message: '{{ path }}' }, 'nowhere: the client signs with <KEY>, and sends X-Sign'],
  [{ kind: 'mtls' }, 'nowhere: the certificate is shown to the service when it is dialled'],
  [{ kind: 'path', template: '/bot{{ value }}/**' }, 'in the path: /bot<KEY>/**'],
  [{ kind: 'placeholder', in: ['header:X-A', 'path'] }, '<KEY> anywhere in: header:X-A, path'],
  [{ kind: 'placeholder', in: ['websocket'] }, '<KEY> anywhere in: websocket'],
  [{ kind: 'query', name: 'key' }, 'in the query: key=<KEY>'],
  [{ kind: 'azure' }, 'Authorization: Bearer <KEY>'],
  [{ kind: 'gcp-service-account' }, 'Authorization: Bearer <KEY>'],
  [{ kind: 'oauth2' }, 'Authorization: Bearer <KEY>'],
  [
    { kind: 'registry', tokenUrl: 'https://auth.test/token', username: 'ann' },
    'at https://auth.test/token: Authorization: Basic base64(ann:<KEY>); then the token that this gives, as Bearer',
  ],
  [{ kind: 'github-app' }, 'Authorization: Bearer or token <KEY>'],
  [{ kind: 'github-app', scheme: 'Bearer' }, 'Authorization: Bearer <KEY>'],
  [{ kind: 'github-app', scheme: 'token' }, 'Authorization: token <KEY>'],
  [{ kind: 'github-app', scheme: 'Basic' }, 'Authorization: Basic base64(…:<KEY>)'],
  [{ kind: 'aws-ecr' }, 'Authorization: Basic base64(AWS:<KEY>)'],
  [{ kind: 'aws-session' }, 'nowhere: the client signs with <KEY> (Signature Version 4), and sends its key identifier'],
  [{ kind: 'mysql' }, 'as the password of a login to the host in its variables'],
  [{ kind: 'mongodb' }, 'as the password of a login to the host in its variables'],
  [{ kind: 'postgres' }, 'as the password of a login to the host in its variables'],
  [{ kind: 'smtp' }, 'as the password of a login to the host in its variables'],
  [{ kind: 'redis' }, 'as the password of a login to the host in its variables'],
  [{ kind: 'ssh' }, 'nowhere: git logs in with a key that stands for it, by GIT_SSH_COMMAND'],
  [{ kind: 'sigv4' }, 'nowhere: the client signs with <KEY> (Signature Version 4), and sends its key identifier'],
]

for (const [spec, text] of places) {
  test(`AC-8.2: the place of ${JSON.stringify(spec)} is ${text}`, () => assert.equal(describePlace(spec, 'KEY'), text))
}

test('every injector has a place that is described', () => {
  const described = new Set(places.map(([{ kind }]) => kind))
  assert.deepEqual(
    injectors.map(({ kind }) => kind).filter((kind) => !described.has(kind)),
    [],
  )
})
