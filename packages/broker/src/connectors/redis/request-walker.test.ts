import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { CommandRules } from './command-rules.ts'
import { PlaceholderCheck } from './placeholder-check.ts'
import { request } from './request.ts'
import { RequestWalker } from './request-walker.ts'
import { scopeOptions } from './scope-options.ts'

const placeholder = 'the-placeholder'
const check = new PlaceholderCheck(placeholder)
const randomLogin = /\*3\r\n\$4\r\nauth\r\n\$32\r\n[0-9a-f]{32}\r\n\$32\r\n[0-9a-f]{32}\r\n/g
const quit = request('coatcheck.refused', 'malformed').toString() + request('quit').toString()

interface Walked {
  /** What went on; logins that must fail are written `<no>`. */
  readonly passed: string
  readonly refused: readonly string[]
  readonly state: string
  readonly rest: string
}

/** Walks over bytes that come in segments of these lengths; the last one is used again and again. */
function walk(bytes: Buffer, lengths: readonly number[] = [bytes.length], inject: object = {}): Walked {
  const refused: string[] = []
  const walker = new RequestWalker(new CommandRules(scopeOptions({ inject: { kind: 'redis', ...inject } })), check, {
    refused: (command) => refused.push(command ?? '?'),
    loginRefused: () => refused.push('login'),
  })
  const passed: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const length = lengths[Math.min(index, lengths.length - 1)]!
    const piece = walker.pass(Buffer.from(bytes.subarray(at, at + length)))
    if (piece === undefined) {
      passed.push(Buffer.from('<closed>'))
      break
    }
    passed.push(piece)
    at += length
  }
  const text = Buffer.concat(passed).toString('latin1').replaceAll(randomLogin, '<no>')
  return { passed: text, refused, state: walker.state, rest: walker.rest.toString('latin1') }
}

const refusal = (name: string): string => request('coatcheck.refused', name).toString()

test('RD-01, RD-12: commands, and what becomes of them', () => {
  const cases: readonly (readonly [string, readonly string[], object?])[] = [
    ['same', ['get', 'key']],
    ['same', ['GeT', 'key']],
    ['same', ['CLIENT', 'setname', 'me']],
    ['same', ['command']],
    ['same', ['xinfo', 'stream', 'a']],
    ['same', ['eval', "return redis.call('CONFIG')", '0']],
    ['config|get', ['config', 'get', 'requirepass']],
    ['config|get', ['CONFIG', 'GET', 'requirepass']],
    ['config', ['config']],
    ['config', ['config', 'unheard']],
    ['config', ['config', 'x'.repeat(100)]],
    ['unknown', ['config|get', 'requirepass']],
    ['unknown', ['config ', 'get', 'requirepass']],
    ['unknown', ['config\0', 'get', 'requirepass']],
    ['unknown', ['']],
    ['unknown', ['x'.repeat(5_000), 'y']],
    ['unknown', ['custom.get', 'key']],
    ['unknown', ['\x47\x45\x74 ']],
    // Bytes that differ from letters in the bit of their case only.
    ['unknown', ['xinfo\\stream']],
    ['unknown', ['eval\x7fro']],
    ['acl|getuser', ['acl', 'getuser', 'default']],
    ['same', ['acl', 'whoami']],
    ['acl', ['acl']],
    ['monitor', ['monitor']],
    ['migrate', ['migrate', 'h', '1', 'k', '0', '1']],
    ['cluster|slots', ['cluster', 'slots']],
    ['same', ['cluster', 'keyslot', 'a']],
    ['role', ['role']],
    ['sentinel', ['sentinel', 'masters']],
    ['restore', ['restore', 'k', '0', 'x']],
    ['same', ['restore', 'k', '0', 'x'], { commands: ['restore'] }],
    ['set', ['set', 'k', 'v'], { access: 'read-only' }],
    ['eval', ['eval', 'x', '0'], { access: 'read-only' }],
    ['publish', ['publish', 'a', 'b'], { access: 'read-only' }],
    ['same', ['eval_ro', 'x', '0'], { access: 'read-only' }],
    ['same', ['subscribe', 'news'], { access: 'read-only' }],
    ['same', ['ping'], { access: 'read-only' }],
    ['set', ['set', 'k', 'v'], { access: 'read-only', commands: ['set', 'get'] }],
    ['unknown', ['custom.get', 'k'], { access: 'read-only', commands: ['custom.*', 'custom.get'] }],
    ['same', ['set', 'k', 'v'], { commands: ['SET'] }],
    ['get', ['get', 'k'], { commands: ['set'] }],
    ['same', ['get', 'k'], { commands: ['@read'] }],
    ['set', ['set', 'k', 'v'], { commands: ['@read'] }],
    ['same', ['custom.get', 'k'], { commands: ['custom.*'] }],
    ['unknown', ['customget', 'k'], { commands: ['custom.*'] }],
    ['same', ['JSON.GET', 'k'], { commands: ['json.*'] }],
    ['ft.config', ['ft.config', 'get'], { commands: ['ft.*'] }],
    ['same', ['object', 'freq', 'k'], { commands: ['object'] }],
    ['object|freq', ['object', 'freq', 'k'], { commands: ['object|encoding'] }],
    ['client|list', ['client', 'list']],
    ['same', ['client', 'list'], { commands: ['client|list'] }],
    ['eval_ro', ['eval_ro', 'x', '0'], { commands: ['@read'] }],
    ['same', ['eval_ro', 'x', '0'], { commands: ['@read-script'] }],
    ['same', ['slowlog', 'get'], { commands: ['slowlog'] }],
    ['slowlog|get', ['slowlog', 'get'], { commands: ['slowlog|len'] }],
    ['function|restore', ['function', 'restore', 'x'], { commands: ['@script'] }],
    ['client|capa', ['client', 'capa', 'redirect']],
  ]
  for (const [fate, words, inject] of cases) {
    const { passed } = walk(request(...words), undefined, inject)
    const expected = fate === 'same' ? request(...words).toString() : refusal(fate)
    assert.equal(passed, expected, JSON.stringify([words, inject]))
  }
})

const logins: readonly (readonly [string, readonly string[]])[] = [
  [request('client', 'reply', 'on').toString(), ['AUTH', placeholder]],
  [request('client', 'reply', 'on').toString(), ['auth', 'anybody', placeholder]],
  ['<no>', ['AUTH', 'guess']],
  ['<no>', ['AUTH', placeholder, 'guess']],
  ['<no>', ['AUTH', '']],
  [refusal('login'), ['AUTH']],
  [refusal('login'), ['AUTH', 'a', 'b', placeholder]],
  [request('HELLO', '3').toString(), ['HELLO', '3']],
  [request('HELLO').toString(), ['HELLO']],
  [request('HELLO', '3').toString(), ['HELLO', '3', 'AUTH', 'u', placeholder]],
  [request('hello', '2', 'setname', 'n').toString(), ['hello', '2', 'auth', 'u', placeholder, 'setname', 'n']],
  [request('hello', '2', 'SetName', 'n').toString(), ['hello', '2', 'SetName', 'n', 'auth', 'u', placeholder]],
  ['<no>', ['hello', '2', 'setname', 'n', 'auth', 'u', 'guess']],
  ['<no>', ['hello', '3', 'auth', 'u', placeholder, 'auth', 'u', 'guess']],
  [refusal('login'), ['hello', '3', 'auth', 'u']],
  [refusal('login'), ['hello', '3', 'other', 'u', placeholder]],
]

for (const [expected, words] of logins) {
  test(`RD-03, RD-04: ${words.join(' ')} in a session`, () => {
    assert.equal(walk(request(...words)).passed, expected)
  })
}

test('RD-09: where no reply is wanted, a login asks for none', () => {
  const login = request('auth', placeholder)
  const turned = (mode: string): string => walk(Buffer.concat([request('client', 'reply', mode), login])).passed
  assert.ok(turned('off').endsWith(request('ping').toString()))
  assert.ok(turned('SKIP').endsWith(request('ping').toString()))
  assert.ok(turned('on').endsWith(request('client', 'reply', 'on').toString()))
})

test('RD-05: a reset ends the walk, and what comes behind it waits', () => {
  const bytes = Buffer.concat([request('get', 'a'), request('RESET'), request('get', 'b')])
  const { passed, state, rest } = walk(bytes)
  assert.deepEqual([passed, state], [request('get', 'a').toString() + request('RESET').toString(), 'reset'])
  assert.equal(rest, request('get', 'b').toString())
  assert.equal(walk(request('reset', 'now')).state, 'open')
})

const malformed: readonly (readonly [string, string])[] = [
  ['an inline command', 'CONFIG GET requirepass\r\n'],
  ['an empty line', '\r\n'],
  ['a negative count', '*-1\r\n'],
  ['no count', '*\r\n'],
  ['a count with a plus sign', '*+1\r\n$4\r\nping\r\n'],
  ['a count with a zero before it', '*01\r\n$4\r\nping\r\n'],
  ['a count with a space', '* 1\r\n$4\r\nping\r\n'],
  ['too many words', '*1048577\r\n'],
  ['a count that overflows', '*99999999999\r\n'],
  ['a line without a line feed', '*1\rX$4\r\nping\r\n'],
  ['a line without a carriage return', '*1\n$4\nping\n'],
  ['a name without a length', '*1\r\n-1\r\n'],
  ['a negative length', '*1\r\n$-1\r\n'],
  ['an integer for a name', '*1\r\n:1\r\n'],
  ['a second word of no length', '*2\r\n$6\r\nconfig\r\n$-1\r\n'],
  ['a login that is too long', `*2\r\n$4\r\nauth\r\n$20000\r\n${'x'.repeat(11_000)}`],
]

for (const [what, text] of malformed) {
  test(`RD-07: ${what} ends the walk in its turn`, () => {
    const before = request('get', 'a')
    const whole = walk(Buffer.concat([before, Buffer.from(text), request('get', 'b')]))
    assert.deepEqual([whole.passed, whole.state], [before.toString() + quit, 'over'])
    assert.equal(walk(Buffer.concat([before, Buffer.from(text)]), [1]).passed, before.toString() + quit)
  })
}

test('RD-07: a length that is none in the middle of a request closes the connection', () => {
  for (const line of ['$-1', '$01', '$', ':3', '$99999999999']) {
    const { passed, state } = walk(Buffer.from(`*3\r\n$3\r\nset\r\n$1\r\nk\r\n${line}\r\n`))
    assert.equal(state, 'over')
    assert.ok(passed.endsWith('<closed>'))
  }
})

test('RD-07: a request of no words is nothing', () => {
  assert.equal(walk(Buffer.from('*0\r\n*0\r\n*1\r\n$4\r\nping\r\n')).passed, '*1\r\n$4\r\nping\r\n')
})

test('RD-01, CO-11: the same requests in any segments have the same fate', () => {
  const value = Buffer.from('*2\r\n$6\r\nconfig\r\n$3\r\nget\r\n\0\xff', 'latin1')
  const requests = [
    request('get', 'a'),
    request('CONFIG', 'GET', 'requirepass'),
    request('set', 'k', value),
    Buffer.from('*0\r\n'),
    request('client', 'reply', 'skip'),
    request('hello', '3', 'auth', 'u', placeholder, 'setname', 'n'),
    request('auth', placeholder),
    request('auth', 'guess'),
    request('unheard', value, '', value),
    request('mset', ...Array.from({ length: 40 }, (_, index) => `${index}`)),
    request('x'.repeat(80), value),
    request('object', 'freq', 'k'),
    request('acl', 'list'),
    request(''),
    request('set', 'k', ''),
  ]
  for (let round = 0; round < 300; round += 1) {
    const chosen = Array.from({ length: 1 + randomInt(12) }, () => requests[randomInt(requests.length)]!)
    const bytes = Buffer.concat(chosen)
    const whole = walk(bytes)
    const lengths = Array.from({ length: 200 }, () => 1 + randomInt(round % 3 === 0 ? 4 : 60))
    assert.deepEqual(walk(bytes, lengths), whole)
    assert.deepEqual(walk(bytes, [1]), whole)
    // One request after the other has the fate that it has alone, but for whether replies are wanted.
    if (!chosen.includes(requests[4]!)) {
      assert.equal(whole.passed, chosen.map((one) => walk(one).passed).join(''))
    }
  }
})

/** The first words of requests as a server reads them: it looks for the end of a line, and skips what ends a value unseen. */
function asServerReads(bytes: Buffer): readonly string[] {
  const names: string[] = []
  const lineAt = (at: number): readonly [string, number] | undefined => {
    const end = bytes.indexOf('\r', at)
    return end === -1 || end + 2 > bytes.length ? undefined : [bytes.toString('latin1', at, end), end + 2]
  }
  for (let at = 0; at < bytes.length; ) {
    const [text, next] = lineAt(at) ?? []
    if (text === undefined || next === undefined) return names
    if (text[0] !== '*') return [...names, `inline ${text}`]
    at = next
    for (let left = Number(text.slice(1)), isFirst = true; left > 0; left -= 1, isFirst = false) {
      const [length, start] = lineAt(at) ?? []
      if (length === undefined || start === undefined) return names
      if (!/^\$\d+$/.test(length)) return [...names, `malformed ${length}`]
      at = start + Number(length.slice(1))
      if (isFirst) names.push(bytes.toString('latin1', start, at).toLowerCase())
      at += 2
    }
  }
  return names
}

test('RD-01, RD-07: whatever is said, a server reads nothing but what is allowed', () => {
  const value = request('config', 'get', 'requirepass')
  const pieces = [
    request('get', 'a'),
    request('set', 'k', value),
    value,
    request('unheard', value, value),
    request('auth', placeholder),
    ...['*', '$', '\r', '\n', '\r\n', '0', '1', '3', '$6\r\nconfig\r\n', '*2\r\n', '*0\r\n', '-1'].map((text) =>
      Buffer.from(text),
    ),
  ]
  const allowed = new Set(['get', 'set', 'coatcheck.refused', 'quit', 'client', 'auth'])
  for (let round = 0; round < 3_000; round += 1) {
    const bytes = Buffer.concat(Array.from({ length: 1 + randomInt(8) }, () => pieces[randomInt(pieces.length)]!))
    const mutated = Buffer.from(bytes)
    for (let change = randomInt(3); change > 0; change -= 1) mutated[randomInt(bytes.length)] = randomInt(256)
    const { passed } = walk(mutated, [1 + randomInt(20)])
    const names = asServerReads(Buffer.from(passed.replace(/<closed>$/, '').replaceAll('<no>', ''), 'latin1'))
    // A value that a request ends in may still be on its way, and nothing else is cut.
    assert.deepEqual(
      names.filter((name) => !allowed.has(name)),
      [],
      JSON.stringify(mutated.toString('latin1')),
    )
  }
})

test('RD-08: a value passes as it comes, and nothing of it is held', () => {
  const head = Buffer.from('*3\r\n$3\r\nset\r\n$1\r\nk\r\n$536870912\r\n')
  const rules = new CommandRules(scopeOptions({ inject: { kind: 'redis' } }))
  const walker = new RequestWalker(rules, check, { refused: () => {}, loginRefused: () => {} })
  assert.deepEqual(walker.pass(head), head)
  const chunk = Buffer.alloc(65_536)
  for (let sent = 0; sent < 536_870_912; sent += chunk.length) {
    assert.equal(walker.pass(chunk)?.buffer, chunk.buffer)
  }
  assert.equal(walker.rest.length, 0)
  assert.equal(walker.pass(Buffer.from('\r\n*1\r\n$7\r\nmonitor\r\n'))?.toString(), `\r\n${refusal('monitor')}`)
})
