import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplyWalker } from './reply-walker.ts'

const address = '10.1.2.3:6379'
const hidden = (slot: number): string =>
  `-ERR coatcheck: the key is on another node of the cluster (slot ${slot}), where this grant does not lead\r\n`

/** What comes out for these chunks; undefined where the walk ends. */
function walked(chunks: readonly string[]): string | undefined {
  const walker = new ReplyWalker()
  let out = ''
  for (const chunk of chunks) {
    const passed = walker.pass(Buffer.from(chunk, 'latin1'))
    if (passed === undefined) return undefined
    out += passed.toString('latin1')
  }
  return out
}

const untouched = [
  '+OK\r\n',
  ':12\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  `$24\r\n-MOVED 1 ${address}\r\n\r\n`,
  `=28\r\ntxt:-MOVED 1 ${address}\r\n\r\n`,
  `+MOVED 1 ${address}\r\n`,
  '*2\r\n$1\r\na\r\n*-1\r\n',
  '%1\r\n+a\r\n#t\r\n>2\r\n+invalidate\r\n_\r\n,1.5\r\n(123\r\n~0\r\n|1\r\n+a\r\n:1\r\n',
  '-ERR something else\r\n-WRONGTYPE Operation\r\n-CLUSTERDOWN Hash slot not served\r\n-TRYAGAIN\r\n',
  '!11\r\nSYNTAX none\r\n',
]
const redirected: readonly (readonly [string, string])[] = [
  [`-MOVED 3999 ${address}\r\n`, hidden(3999)],
  [`-ASK 0 ${address}\r\n`, hidden(0)],
  ['-MOVED 3999 :6379\r\n', hidden(3999)],
  [`*2\r\n-MOVED 1 ${address}\r\n+OK\r\n`, `*2\r\n${hidden(1)}+OK\r\n`],
]

test('addresses are taken out of redirections, and nothing else is touched, however the bytes come', () => {
  const parts = [...untouched.map((text) => [text, text] as const), ...redirected]
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (replies, cuts) => {
        const said = replies.map(([from]) => from).join('')
        const places = [0, ...cuts.map((cut) => cut % said.length).sort((one, other) => one - other), said.length]
        const chunks = places.slice(1).map((end, index) => said.slice(places[index], end))
        assert.equal(walked(chunks), replies.map(([, to]) => to).join(''))
      },
    ),
  )
})

test('byte by byte comes out the same', () => {
  const said = [...untouched, ...redirected.map(([from]) => from)].join('')
  assert.equal(walked([...said]), [...untouched, ...redirected.map(([, to]) => to)].join(''))
})

for (const [what, text] of [
  ['a line of no kind', 'HTTP/1.1 400\r\n'],
  ['an empty line', '\r\n'],
  ['a length that is none', '$x\r\n'],
  ['a length with a sign', '$+5\r\nhello\r\n'],
  ['a length that is too long', '$99999999999\r\n'],
  ['a stream of unknown length', '$?\r\n;4\r\n'],
  ['a line without an end', `-${'x'.repeat(70_000)}`],
  ['a line that is too long', `+${'x'.repeat(70_000)}\r\n`],
] as const) {
  test(`${what} ends the walk`, () => assert.equal(walked([text]), undefined))
}
