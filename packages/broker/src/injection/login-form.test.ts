import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import { issueCertificate } from '../certificates/certificate.ts'
import { TestRoot, validFor } from '../upstream/test-root.suite.ts'
import { readMongodbLogin } from './mongodb-login.ts'
import { readMysqlLogin } from './mysql-login.ts'
import { readPostgresLogin } from './postgres-login.ts'
import { readRedisLogin } from './redis-login.ts'
import { prepareInjection } from './registry.ts'
import { readSmtpLogin } from './smtp-login.ts'

const root = new TestRoot(issueCertificate)
const { cert, key } = root.issue('client.example.com')
const over = root.issue('client.example.com', { ...validFor(0), notAfter: new Date(Date.now() - 60_000) })
const bundle = cert + key
const bytes = (text: string): Uint8Array => Buffer.from(text)

const readers = {
  postgres: readPostgresLogin,
  mysql: readMysqlLogin,
  redis: readRedisLogin,
  mongodb: readMongodbLogin,
  smtp: readSmtpLogin,
} as const
type Kind = keyof typeof readers
const kinds = Object.keys(readers) as Kind[]
/** Whom a certificate alone logs in as is said by some services, and by the scope for the others. */
const needed: Partial<Record<Kind, { readonly user: string }>> = { postgres: { user: 'app' }, mysql: { user: 'app' } }
const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === 'secret_unusable' && pattern.test(String(error.facts['reason']))

for (const kind of kinds) {
  const read = readers[kind]
  const scope = needed[kind] ?? {}
  const check = (text: string, further: Partial<InjectorSpec> = {}): void =>
    prepareInjection({ kind, ...scope, ...further }).check(bytes(text))

  test(`W3 ${kind}: a certificate is a login alone, behind a URL without a password, and beside one`, () => {
    for (const text of [bundle, key + cert, `Bag Attributes\n  localKeyID: 01\n${bundle}`, `\n${bundle}`]) {
      const login = read(bytes(text), scope)
      assert.deepEqual([login.password, login.identity?.certificates], ['', cert])
      check(text)
    }
    const name = kind === 'redis' ? '' : 'app@'
    const alone = read(bytes(`${kind}://${name}db.example.com\r\n${bundle}`), scope)
    assert.deepEqual([alone.password, alone.identity?.certificates], ['', cert])
    const beside = read(bytes(`${kind}://app:hush@db.example.com\n${bundle}`), scope)
    assert.deepEqual([beside.user, beside.password, beside.identity?.certificates], ['app', 'hush', cert])
  })

  test(`SEC-10 ${kind}: what is wrong with a certificate is said without any of it`, () => {
    const url = `${kind}://app:hush@db.example.com`
    const bad: readonly (readonly [string, RegExp])[] = [
      [`hush\n${bundle}`, /stands before its certificate/],
      [`https://app:hush@db.example.com\n${bundle}`, /stands before its certificate/],
      [`${url}\n${cert}`, /no private key/],
      [`${url}\n${key}`, /no certificate/],
      [`${url}\n${cert}${over.key}`, /belongs to none/],
      [over.cert + over.key, /expired on/],
    ]
    for (const [text, pattern] of bad) {
      assert.throws(
        () => check(text),
        (error) => refusal(pattern)(error) && !/hush|MII/.test(JSON.stringify((error as CoatcheckError).facts)),
        text.slice(0, 40),
      )
    }
  })

  test(`W3 ${kind}: a certificate is not left unshown because TLS is turned off`, () => {
    assert.throws(() => check(bundle, { tls: 'off' }), refusal(/shown in TLS/))
  })
}

test('W3: what a URL says against TLS counts like the scope', () => {
  for (const [kind, query] of [
    ['postgres', 'sslmode=disable'],
    ['mysql', 'ssl-mode=DISABLED'],
  ] as const) {
    const text = `${kind}://app@db.example.com/app?${query}\n${bundle}`
    assert.throws(() => readers[kind](bytes(text), {}), refusal(/shown in TLS/))
  }
})

test('W3: who a certificate logs in as is said by the side that decides it', () => {
  for (const kind of ['postgres', 'mysql'] as const) {
    assert.throws(() => readers[kind](bytes(bundle), {}), refusal(/names no user|a user/))
  }
  assert.throws(() => readRedisLogin(bytes(bundle), { user: 'app' }), refusal(/says the user itself/))
  assert.throws(
    () => readRedisLogin(bytes(`redis://app@db.example.com\n${bundle}`), {}),
    refusal(/says the user itself/),
  )
  for (const login of ['token', 'scram']) {
    assert.throws(() => readSmtpLogin(bytes(bundle), { login }), refusal(/stands alone/))
  }
  const { user, mechanism, authSource } = readMongodbLogin(bytes(`mongodb://db.example.com/app\n${bundle}`), {})
  assert.deepEqual([user, mechanism, authSource], ['', 'MONGODB-X509', '$external'])
  const wish = `mongodb://db.example.com/?authMechanism=SCRAM-SHA-256\n${bundle}`
  assert.throws(() => readMongodbLogin(bytes(wish), {}), refusal(/wants one/))
})

const keyText = Buffer.alloc(32, 0xfb).toString('base64')

test('a URL for PostgreSQL has keys for SCRAM in place of a password', () => {
  for (const text of [keyText, encodeURIComponent(keyText)]) {
    const url = `postgres://app@db.example.com/app?scram_client_key=${text}&scram_server_key=${text}`
    const { scramKeys, password } = readPostgresLogin(bytes(url), {})
    assert.deepEqual(
      [password, scramKeys?.clientKey, scramKeys?.serverKey],
      ['', Buffer.alloc(32, 0xfb), Buffer.alloc(32, 0xfb)],
    )
  }
})

for (const [query, pattern] of [
  [`scram_client_key=${keyText}`, /it has one/],
  [`scram_server_key=${keyText}`, /it has one/],
  [`scram_client_key=AAAA&scram_server_key=${keyText}`, /32 bytes/],
  [`scram_client_key=&scram_server_key=${keyText}`, /32 bytes/],
] as const) {
  test(`a URL for PostgreSQL is refused whose keys are no keys: ${query.replaceAll(keyText, '…')}`, () => {
    assert.throws(() => readPostgresLogin(bytes(`postgres://app@db.example.com/?${query}`), {}), refusal(pattern))
  })
}

test('a URL for PostgreSQL is refused that has a password and keys', () => {
  const url = `postgres://app:hush@db.example.com/?scram_client_key=${keyText}&scram_server_key=${keyText}`
  assert.throws(() => readPostgresLogin(bytes(url), {}), refusal(/beside it/))
})
