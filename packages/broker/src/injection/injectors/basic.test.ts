import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { HeaderField } from '../../http/header-field.ts'
import { headWith, type InjectorCase, type RequestPart, testInjector, testSoleField } from '../injector.suite.ts'
import { basic } from './basic.ts'

const line = (value: string): HeaderField => ({ name: 'Authorization', value })
const field = (value: string): RequestPart => ({ fields: [line(value)] })
const encode = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const pair = (user: string, password: string): RequestPart => field(`Basic ${encode(`${user}:${password}`)}`)

/** Places that no options of `basic` declare. */
const never = [
  (placeholder: string) => field(`Basic ${placeholder}`),
  (placeholder: string) => field(`Bearer ${placeholder}`),
  (placeholder: string) => field(`Basic ${encode(placeholder)}`),
  (placeholder: string) => pair(placeholder, placeholder),
  (placeholder: string) => pair('git', `${placeholder}:`),
  (placeholder: string) => pair('git', `:${placeholder}`),
  (placeholder: string) => field(`Basic ${encode(`git:${placeholder}`).replace(/=*$/, '')}*`),
  (placeholder: string) => field(`Basic ${encode(encode(`git:${placeholder}`))}`),
]

const plain: InjectorCase = {
  injector: basic,
  spec: { kind: 'basic' },
  part: (secret) => pair('x-access-token', secret),
  undeclared: never,
  invalid: [
    { kind: 'basic', as: 'both' },
    { kind: 'basic', username: '' },
    { kind: 'basic', username: 'a:b' },
    { kind: 'basic', username: 'a b' },
    { kind: 'basic', as: 'user', username: 'me' },
  ],
  attached: null,
}
testInjector('basic with the secret as password', plain)
testSoleField('basic', plain)

testInjector('basic with the secret as user', {
  injector: basic,
  spec: { kind: 'basic', as: 'user' },
  part: (secret) => pair(secret, ''),
  undeclared: [...never, (placeholder) => pair('', placeholder), (placeholder) => pair('git', placeholder)],
  invalid: [],
  attached: (secret) => pair(secret, ''),
  unusable: ['a:b'],
  usable: 'a!"#$%&\'()*+,-./09;<=>?@AZ[\\]^_`az{|}~',
})

testInjector('basic with a fixed username', {
  injector: basic,
  spec: { kind: 'basic', username: 'AC0123' },
  part: (secret) => pair('AC0123', secret),
  undeclared: [
    ...never,
    (placeholder) => pair('AC0124', placeholder),
    (placeholder) => pair('ac0123', placeholder),
    (placeholder) => pair(placeholder, ''),
  ],
  invalid: [],
  attached: (secret) => pair('AC0123', secret),
})

testInjector('basic for passwords only', {
  injector: basic,
  spec: { kind: 'basic', as: 'password' },
  part: (secret) => pair('', secret),
  undeclared: [...never, (placeholder) => pair(placeholder, '')],
  invalid: [],
  attached: null,
})

test('basic keeps the other half, the letters of the scheme, and bytes above ASCII (W4, RFC 7617)', () => {
  const injection = basic.prepare({ kind: 'basic' })
  const head = headWith(line(`bAsIc  ${encode('j\xc3\xb6rg:ph-of-this-sandbox')}`))
  injection.apply(head, 'ph-of-this-sandbox', Buffer.from('pä:ss', 'utf8'))
  assert.deepEqual(head.fields, [line(`bAsIc  ${Buffer.from('jörg:pä:ss', 'utf8').toString('base64')}`)])
})

test('basic refuses a value with a colon as user, because the rest would become the password (R-67)', () => {
  const head = headWith(...pair('ph-of-this-sandbox', '').fields!)
  const unusable = (error: unknown): boolean => error instanceof CoatcheckError && error.code === 'secret_unusable'
  assert.throws(() => basic.prepare({ kind: 'basic', as: 'user' }).check(Buffer.from('a:b')), unusable)
  assert.throws(() => basic.prepare({ kind: 'basic' }).apply(head, 'ph-of-this-sandbox', Buffer.from('a:b')), unusable)
  assert.deepEqual(head.fields, pair('ph-of-this-sandbox', '').fields)
})
