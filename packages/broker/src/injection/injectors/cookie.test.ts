import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headWith, type InjectorCase, testInjector, testSoleField } from '../injector.suite.ts'
import { cookie } from './cookie.ts'

const jar = (value: string) => ({ fields: [{ name: 'Cookie', value }] })

const plain: InjectorCase = {
  injector: cookie,
  spec: { kind: 'cookie', name: 'session' },
  part: (secret) => jar(`theme=dark; session=${secret};lang=en`),
  undeclared: [
    (text) => jar(text),
    (text) => jar(`Session=${text}`),
    (text) => jar(`session="${text}"`),
    (text) => jar(`session= ${text}`),
    (text) => jar(`sessions=${text}`),
    (text) => jar(`a=session=${text}`),
    (text) => jar(`session=${text}; session=${text}`),
    (text) => jar(`session=${text}; SESSION=other`),
    (text) => jar(`session; session=${text}`),
    (text) => ({ fields: [{ name: 'Set-Cookie', value: `session=${text}` }] }),
  ],
  invalid: [
    { kind: 'cookie' },
    { kind: 'cookie', name: '' },
    { kind: 'cookie', name: 'a b' },
    { kind: 'cookie', name: 'a=b' },
    { kind: 'cookie', name: 'a;b' },
  ],
  attached: (secret) => jar(`session=${secret}`),
  unusable: ['a;b', 'a,b', 'a"b', 'a\\b', 'a b', '\xfc'],
  usable: "a!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~",
}
testInjector('cookie', plain)
testSoleField('cookie', plain)

test('cookie writes characters that a replacement could take for instructions (R-67)', () => {
  const head = headWith(...jar('session=coatcheck_0123456789').fields)
  cookie.prepare(plain.spec).apply(head, 'coatcheck_0123456789', Buffer.from("$&$'$`$1"))
  assert.deepEqual(head.fields, jar("session=$&$'$`$1").fields)
})
