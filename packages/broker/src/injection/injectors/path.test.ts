import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headAround, type RequestPart, testInjector } from '../injector.suite.ts'
import { path } from './path.ts'

const at = (text: string): RequestPart => ({ path: text })

testInjector('path with a marked part of a segment', {
  injector: path,
  spec: { kind: 'path', template: '/bot{{ value }}/**' },
  part: (secret) => at(`/bot${secret}/sendMessage`),
  undeclared: [
    (text) => at(`/bot/${text}`),
    (text) => at(`/Bot${text}/sendMessage`),
    (text) => at(`/file/bot${text}/sendMessage`),
    (text) => at(`/botx${text}/sendMessage`),
    (text) => at(`/bot${text}x/sendMessage`),
    (text) => at(`/bot${text}%2FsendMessage`),
    (text) => at(`/${text}/sendMessage`),
    (text) => ({ query: `?/bot${text}/sendMessage` }),
  ],
  invalid: [
    { kind: 'path' },
    { kind: 'path', template: '' },
    { kind: 'path', template: '/' },
    { kind: 'path', template: '/bot/**' },
    { kind: 'path', template: 'bot{{ value }}' },
    { kind: 'path', template: '/{{ value }}/{{ value }}' },
    { kind: 'path', template: '/{{ value }}{{ value }}' },
    { kind: 'path', template: '/{{ value | upper }}' },
    { kind: 'path', template: '/**/{{ value }}' },
    { kind: 'path', template: '/a*/{{ value }}' },
    { kind: 'path', template: '/../{{ value }}' },
    { kind: 'path', template: '//{{ value }}' },
    { kind: 'path', template: '/{{ value }}/' },
    { kind: 'path', template: '/a%62/{{ value }}' },
    { kind: 'path', template: '/a%2Fb/../{{ value }}' },
    { kind: 'path', template: '/{{ value }}?x' },
    { kind: 'path', template: '/{{ value }}#x' },
    { kind: 'path', template: '/ü/{{ value }}' },
  ],
  attached: null,
  unusable: ['a/b', 'a\\b', '../a/', 'a b', 'a%2Fb', 'a%2e', 'schl\xfcssel'],
  usable: '123456789:AAF-real_token.of~a~bot',
})

testInjector('path with a whole segment', {
  injector: path,
  spec: { kind: 'path', template: '/v1/hooks/*/{{ value }}' },
  part: (secret) => at(`/v1/hooks/a/${secret}`),
  undeclared: [
    (text) => at(`/v1/${text}`),
    (text) => at(`/v1/hooks/a/${text}/more`),
    (text) => at(`/v1/hooks/a/${text}/`),
    (text) => at(`/v2/hooks/a/${text}`),
  ],
  invalid: [],
  attached: null,
  unusable: ['..', '.', '..;x'],
  usable: 'T000/B000'.replace('/', '-'),
})

test('path writes what has to be encoded in the form that policy would have read (R-67)', () => {
  const injection = path.prepare({ kind: 'path', template: '/a{{ value }}z/**' })
  const head = headAround({ path: '/acoatcheck_0123456789z/x/y' })
  injection.apply(head, 'coatcheck_0123456789', Buffer.from('1:b@c?d#e&f;g'))
  assert.equal(head.path, '/a1:b%40c%3Fd%23e%26f%3Bgz/x/y')
})

test('path takes a placeholder whose colon came encoded', () => {
  const injection = path.prepare({ kind: 'path', template: '/bot{{ value }}/**' })
  for (const written of ['123:coatcheck_x', '123%3Acoatcheck_x']) {
    const head = headAround({ path: `/bot${written}/getMe` })
    injection.apply(head, '123:coatcheck_x', Buffer.from('456:real'))
    assert.equal(head.path, '/bot456:real/getMe')
  }
})
