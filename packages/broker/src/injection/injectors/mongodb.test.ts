import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { type MongodbLogin, type MongodbLoginScope, readMongodbLogin } from '../mongodb-login.ts'
import { mongodb } from './mongodb.ts'

const read = (text: string, scope: MongodbLoginScope = {}): MongodbLogin => readMongodbLogin(Buffer.from(text), scope)
const host = (name: string, port = 27_017) => ({ host: name, port })
const plain = {
  user: 'me',
  password: 'p',
  authSource: 'admin',
  database: null,
  members: [host('db.example.com')],
  mechanism: null,
  asksForTls: false,
}

const logins: readonly (readonly [string, MongodbLoginScope, MongodbLogin])[] = [
  ['mongodb://me:p@db.example.com', {}, plain],
  ['mongodb://me:p@db.example.com/', {}, plain],
  [
    'mongodb://me:p@DB.example.com:27018/app',
    {},
    { ...plain, members: [host('db.example.com', 27_018)], authSource: 'app', database: 'app' },
  ],
  [
    'mongodb://me:p@db.example.com/app?authSource=users&retryWrites=true',
    {},
    { ...plain, authSource: 'users', database: 'app' },
  ],
  ['mongodb://me:p@db.example.com/admin', {}, plain],
  ['mongodb://me:p@db.example.com/?authMechanism=SCRAM-SHA-1', {}, { ...plain, mechanism: 'SCRAM-SHA-1' }],
  ['mongodb://me:p@db.example.com/?authMechanism=DEFAULT&tls=true', {}, { ...plain, asksForTls: true }],
  [
    'mongodb://me:p@a.example.com,b.example.com:27018,[2001:db8::1]:5/?replicaSet=rs0',
    {},
    { ...plain, members: [host('a.example.com'), host('b.example.com', 27_018), host('2001:db8::1', 5)] },
  ],
  ['mongodb://a%40b:c%3Ad%2F%40@db.example.com', {}, { ...plain, user: 'a@b', password: 'c:d/@' }],
  [
    'mongodb://me:p@db.example.com/other',
    { user: 'you', authSource: 'users', database: 'app' },
    { ...plain, user: 'you', authSource: 'users', database: 'app' },
  ],
  ['mongodb://me:p@db.example.com/?ssl=false', { tls: 'off' }, plain],
  ['only-a-password:with@signs/', { user: 'me' }, { ...plain, password: 'only-a-password:with@signs/', members: [] }],
]

for (const [text, scope, expected] of logins) {
  test(`a login is read: ${text} with ${JSON.stringify(scope)}`, () => assert.deepEqual(read(text, scope), expected))
}

const refused: readonly (readonly [string, MongodbLoginScope, RegExp])[] = [
  ['only-a-password', {}, /the scope names no user/],
  ['mongodb+srv://me:hush@db.example.com/app', {}, /mongodb\+srv .* write the hosts out/],
  ['mongodb://me@db.example.com', {}, /cannot be read, or has no password/],
  ['mongodb://me:@db.example.com', {}, /cannot be read, or has no password/],
  ['mongodb://db.example.com', {}, /cannot be read, or has no password/],
  ['mongodb://me:hu@sh@db.example.com', {}, /cannot be read/],
  ['mongodb://me:hush@', {}, /cannot be read/],
  ['mongodb://me:hush@%2Ftmp%2Fmongodb.sock', {}, /a host of the connection URL/],
  ['mongodb://me:hush@a.example.com,,b.example.com', {}, /a host of the connection URL/],
  ['mongodb://:hush@db.example.com', {}, /names a user/],
  ['mongodb://me:hush%@db.example.com', {}, /escapes nothing/],
  ['mongodb://me:hush@db.example.com/?authMechanism=MONGODB-X509', {}, /none that is spoken/],
  ['mongodb://me:hush@db.example.com/?authSource=$external', {}, /logins by Kerberos, LDAP or a cloud/],
  ['mongodb://me:hush@db.example.com/?tls=false', {}, /turns TLS off/],
  ['mongodb://me:hush@db.example.com/?TLS=true', { tls: 'off' }, /demands TLS/],
  ['mongodb://me:hush@db.example.com/?tlsInsecure=true', {}, /any certificate/],
  ['mongodb://me:hush@db.example.com/?tlsAllowInvalidCertificates=true', {}, /any certificate/],
  ['mongodb://me:hush@db.example.com/?authSource=a&authsource=b', {}, /twice/],
  ['hush\0', { user: 'me' }, /zero byte/],
]

for (const [text, scope, reason] of refused) {
  test(`a login is refused, and not repeated: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => read(text, scope),
      (error) => {
        assert.ok(error instanceof CoatcheckError && error.code === 'secret_unusable')
        assert.ok(!JSON.stringify(error.facts).includes('hush'))
        return reason.test(String(error.facts['reason']))
      },
    )
  })
}

test('a URL that does not name the place of its scope is refused; an address may stand for the name', () => {
  const { login } = mongodb.prepare({ kind: 'mongodb' })
  const check = (text: string) => login?.checkPlace(Buffer.from(text), 'b.example.com', 27_017)
  check('mongodb://me:p@a.example.com,b.example.com')
  check('mongodb://me:p@127.0.0.1')
  for (const text of [
    'mongodb://me:p@a.example.com',
    'mongodb://me:p@b.example.com:27018',
    'mongodb://me:p@127.0.0.1:1',
  ]) {
    assert.throws(() => check(text), { code: 'secret_unusable' })
  }
})

const options: readonly (readonly [string, string | readonly string[], boolean])[] = [
  ['database', 'app', true],
  ['database', 'admin', false],
  ['database', 'a.b', false],
  ['database', 'x'.repeat(64), false],
  ['databases', ['one', 'two'], true],
  ['databases', ['one', 'local'], false],
  ['authSource', 'admin', true],
  ['authSource', '$external', false],
  ['user', 'CN=me', true],
  ['user', 'a\nb', false],
  ['tls', 'verify', true],
  ['tls', 'maybe', false],
  ['login', 'scram-sha-256', true],
  ['login', 'plain', false],
  ['access', 'read-only', true],
  ['access', 'write-only', false],
  ['clientLogin', 'scram', false],
]

for (const [name, value, isGood] of options) {
  test(`option ${name}: ${JSON.stringify(value)} is ${isGood ? 'taken' : 'refused'}`, () => {
    const prepare = (): unknown => mongodb.prepare({ kind: 'mongodb', [name]: value })
    if (isGood) prepare()
    else assert.throws(prepare, { code: 'scope_invalid' })
  })
}
