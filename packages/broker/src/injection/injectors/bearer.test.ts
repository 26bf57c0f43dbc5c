import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { headWith, type InjectorCase, testInjector, testSoleField } from '../injector.suite.ts'
import { bearer } from './bearer.ts'

const authorization = (scheme: string) => (secret: string) => ({
  fields: [{ name: 'Authorization', value: `${scheme}${secret}` }],
})

const plain: InjectorCase = {
  injector: bearer,
  spec: { kind: 'bearer' },
  part: authorization('Bearer '),
  undeclared: [
    authorization(''),
    authorization('token '),
    authorization('Basic '),
    authorization('Bearer'),
    authorization('Bearer\t'),
    authorization('Bearer \t '),
    authorization('Bearer\xa0 '),
    authorization('Bearer x '),
    authorization(' Bearer '),
    authorization('Bearer "'),
  ],
  invalid: [
    { kind: 'bearer', scheme: 'Basic' },
    { kind: 'bearer', scheme: '' },
    { kind: 'bearer', name: 'X-Key' },
  ],
  attached: authorization('Bearer '),
  unusable: ['a b', 'schl\xfcssel'],
}
testInjector('bearer', plain)
testSoleField('bearer', plain)

testInjector('bearer with the scheme of GitHub', {
  injector: bearer,
  spec: { kind: 'bearer', scheme: 'token' },
  part: authorization('token '),
  undeclared: [authorization(''), authorization('Bearer ')],
  invalid: [{ kind: 'bearer', scheme: 'Token' }],
  attached: authorization('token '),
})

test('bearer keeps the letters of the scheme and the spaces after it (W4)', () => {
  for (const lead of ['bearer ', 'BEARER ', 'Bearer  ']) {
    const head = headWith(...authorization(lead)('placeholder-of-this-sandbox').fields)
    bearer.prepare({ kind: 'bearer' }).apply(head, 'placeholder-of-this-sandbox', Buffer.from('real'))
    assert.deepEqual(head.fields, [{ name: 'Authorization', value: `${lead}real` }])
  }
})

test('bearer refuses a value that a second scheme or another alphabet slipped into (R-67)', () => {
  for (const value of ['Bearer sk-real', 'schlüssel', 'a\tb']) {
    assert.throws(
      () => bearer.prepare({ kind: 'bearer' }).check(Buffer.from(value)),
      (error) => error instanceof CoatcheckError && error.code === 'secret_unusable',
    )
  }
})
