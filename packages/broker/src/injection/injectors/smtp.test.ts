import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import { smtp } from './smtp.ts'

const refusedWith = (code: string) => (error: unknown) => error instanceof CoatcheckError && error.code === code
const bytes = (text: string): Uint8Array => Buffer.from(text)

const invalid: readonly Omit<InjectorSpec, 'kind'>[] = [
  { tls: 'verify' },
  { tls: 'smtps' },
  { login: 'none' },
  { user: 'a\nb' },
  { user: '' },
  { recipients: [] },
  { recipients: '@example.com' },
  { recipients: ['*'] },
  { senders: ['not an address'] },
  { headerFrom: 'check' },
  { maxRecipients: '0' },
  { maxRecipients: '10001' },
  { maxBytes: '1e6' },
  { access: 'read-only' },
]
for (const options of invalid) {
  test(`smtp refuses the options ${JSON.stringify(options)}`, () => {
    assert.throws(() => smtp.prepare({ kind: 'smtp', ...options }), refusedWith('scope_invalid'))
  })
}

test('smtp takes every option that there is', () => {
  const lists = { senders: ['me@example.com'], recipients: ['@example.com', 'ann@example.org'] }
  const words = { user: 'me', tls: 'implicit', login: 'token', headerFrom: 'check' }
  smtp.prepare({ kind: 'smtp', ...lists, ...words, maxRecipients: '5', maxBytes: '1000000' })
})

const fitting: readonly (readonly [string, string, number])[] = [
  ['smtp://me:pw@mail.example.com', 'mail.example.com', 587],
  ['smtp://me%40x.com:p%3Aw@mail.example.com:2525', 'mail.example.com', 2525],
  ['smtps://me:pw@MAIL.example.com', 'mail.example.com', 465],
  ['smtp://me:pw@10.0.0.1:587', 'mail.example.com', 587],
]
for (const [secret, host, port] of fitting) {
  test(`smtp takes a secret in the form of ${secret}`, () => {
    const { check, login } = smtp.prepare({ kind: 'smtp' })
    check(bytes(secret))
    login!.checkPlace(bytes(secret), host, port)
  })
}

test('smtp takes a password alone where the scope names its user', () => {
  smtp.prepare({ kind: 'smtp', user: 'me' }).check(bytes('just a password'))
  assert.throws(() => smtp.prepare({ kind: 'smtp' }).check(bytes('just a password')), refusedWith('secret_unusable'))
})

for (const secret of [
  'smtp://me@mail.example.com',
  'smtp://:pw@mail.example.com',
  'smtp://',
  'smtp://me:p%zz@mail.example.com',
  'smtp://me:p%0Dw@mail.example.com',
  'smtp://me%00:pw@mail.example.com',
]) {
  test(`smtp refuses the secret ${secret}, and does not repeat it`, () => {
    assert.throws(
      () => smtp.prepare({ kind: 'smtp' }).check(bytes(secret)),
      (error: unknown) => refusedWith('secret_unusable')(error) && !String(error).includes('me'.concat(':')),
    )
  })
}

for (const [secret, port] of [
  ['smtp://me:pw@other.example.com', 587],
  ['smtps://me:pw@mail.example.com', 587],
  ['smtp://me:pw@mail.example.com', 465],
] as const) {
  test(`smtp refuses ${secret} for a scope on port ${port}`, () => {
    const { login } = smtp.prepare({ kind: 'smtp' })
    assert.throws(() => login!.checkPlace(bytes(secret), 'mail.example.com', port), refusedWith('secret_unusable'))
  })
}
