import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headAround, type RequestPart, testInjector } from '../injector.suite.ts'
import { placeholder } from './placeholder.ts'

const text = 'coatcheck_0123456789abcdefghijklmn'
const inField = (name: string, value: string): RequestPart => ({ fields: [{ name, value }] })
const pair = (user: string, password: string): RequestPart =>
  inField('Authorization', `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`)
const spec = (...surfaces: readonly string[]) => ({ kind: 'placeholder', in: surfaces })

testInjector('placeholder in a field', {
  injector: placeholder,
  spec: spec('header:X-Auth'),
  part: (secret) => inField('x-auth', `v=1, key="${secret}", again=${secret}`),
  undeclared: [(found) => inField('x_auth', found), (found) => inField(`x-auth-${found}`, '1')],
  invalid: [
    { kind: 'placeholder' },
    spec(),
    spec('body'),
    spec('header:'),
    spec('header:Host'),
    spec('header:user-agent'),
    spec('header:Cookie'),
    spec('header:x y'),
    spec('query:'),
    spec('query:*'),
    spec('query:a&b'),
    spec('path:x'),
    spec('websocket:x'),
    spec('path', 'path'),
    spec('header:x', 'body'),
    { kind: 'placeholder', in: 'path' },
    { kind: 'placeholder', in: { path: 'path' } },
    { kind: 'placeholder', in: [['path']] as unknown as readonly string[] },
    spec(...Array.from({ length: 17 }, (_, at) => `header:x-${at}`)),
  ],
  attached: null,
  anywhere: true,
})

testInjector('placeholder in any field', {
  injector: placeholder,
  spec: spec('header:*'),
  part: (secret) => ({
    fields: [
      { name: 'X-One', value: secret },
      { name: 'Authorization', value: `Custom ${secret}` },
    ],
  }),
  undeclared: [
    (found) => inField('Cookie', `a=${found}`),
    (found) => inField('Referer', `https://x/${found}`),
    (found) => inField('Accept', found),
    (found) => pair('git', found),
  ],
  invalid: [],
  attached: null,
  anywhere: true,
})

testInjector('placeholder in a parameter', {
  injector: placeholder,
  spec: spec('query:token'),
  part: (secret) => ({
    query: `?token=a-${encodeURIComponent(secret).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}.b&x=1`,
  }),
  undeclared: [
    (found) => inField('token', found),
    (found) => ({ query: `?Token=${found}` }),
    (found) => ({ query: `?token=${found}&TOKEN=` }),
    (found) => ({ query: `?x=1&token&token=${found}` }),
    (found) => ({ query: `?to${found}ken=1` }),
  ],
  invalid: [],
  attached: null,
  anywhere: true,
})

testInjector('placeholder in a pair', {
  injector: placeholder,
  spec: spec('basic'),
  part: (secret) => pair('user', `key-${secret}`),
  undeclared: [(found) => inField('Authorization', `Bearer ${found}`), (found) => inField('X-Basic', found)],
  invalid: [],
  attached: null,
  anywhere: true,
})

test('placeholder stands on every declared surface at once, and is left on the others (R-60)', () => {
  const injection = placeholder.prepare(spec('header:x-auth', 'query:token', 'path', 'basic'))
  const part = (...[field, inPair, parameter, segment]: readonly [string, string, string, string]): RequestPart => ({
    path: `/a/${segment}.json`,
    query: `?token=${parameter}&other=${text}`,
    fields: [...inField('x-auth', `"${field}"`).fields!, ...pair('u', inPair).fields!, { name: 'X-Log', value: text }],
  })
  const head = headAround(part(text, text, text, text))
  injection.apply(head, text, Buffer.from('r:e+al'))
  assert.deepEqual(head, headAround(part('r:e+al', 'r:e+al', 'r%3Ae%2Bal', 'r:e%2Bal')))
})

test('placeholder in WebSocket messages stands nowhere in the head, and asks for a value that any message can hold (R-60)', () => {
  const injection = placeholder.prepare(spec('websocket'))
  const head = headAround({ ...inField('Sec-WebSocket-Protocol', text), query: `?token=${text}` })
  assert.equal(injection.carries(head, text), false)
  assert.equal(injection.frameText?.(Buffer.from("r:e+a l'")), "r:e+a l'")
  for (const value of ['a"b', 'a\\b', 'a\nb', 'é']) {
    assert.throws(() => injection.check(Buffer.from(value)), { code: 'secret_unusable' })
    assert.throws(() => injection.frameText?.(Buffer.from(value)), { code: 'secret_unusable' })
  }
  assert.equal(placeholder.prepare(spec('path')).frameText, undefined)
})

test('placeholder refuses a value that is not fit for every surface, before anything is written (R-67)', () => {
  const head = headAround({ ...pair(text, 'x'), query: `?token=${text}` })
  const before = structuredClone(head)
  const injection = placeholder.prepare(spec('query:token', 'basic'))
  assert.throws(() => injection.apply(head, text, Buffer.from('a:b')), { code: 'secret_unusable' })
  assert.deepEqual(head, before)
  assert.throws(() => placeholder.prepare(spec('path')).check(Buffer.from('a/b')), { code: 'secret_unusable' })
  placeholder.prepare(spec('header:x-auth')).check(Buffer.from('a/b'))
})
