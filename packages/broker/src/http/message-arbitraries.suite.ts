import { METHODS } from 'node:http'
import fc from 'fast-check'

const tokenCharacters = [..."!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz"]
const valueCharacters = [...' \t!"#$%()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x80\xa0\xe9\xff']
const targetCharacters = [...'/?&=%.-_~az09;:@!$\'()*+,"<>[]^`{|}\\']

const text = (from: readonly string[], minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...from), { minLength, maxLength }).map((characters) => characters.join(''))

const blanks = fc.constantFrom('', ' ', '\t', '  ', ' \t ')

const knownFields = fc.constantFrom(
  'Host: api.example.com',
  'Accept: */*',
  'accept-encoding: gzip, deflate, br',
  'Connection: keep-alive',
  'Connection: close',
  'CONNECTION: Keep-Alive, X-Hop',
  'Connection: x, close',
  'Proxy-Connection: keep-alive',
  'Proxy-Connection: close',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Te: trailers',
  'Trailer: X-Sum',
  'Cookie: a=b; c="d"',
  'X-Empty:',
)

const anyField = fc
  .tuple(text(tokenCharacters, 1, 12), blanks, text(valueCharacters, 0, 30), blanks)
  .map(([name, before, value, after]) => `${name}:${before}${value}${after}`)

const fieldLines = fc.array(fc.oneof(knownFields, anyField), { maxLength: 8 })

const chunk = fc.tuple(text(valueCharacters, 1, 40), fc.constantFrom('', '0', '000')).map(([data, zeros]) => {
  return `${zeros}${data.length.toString(16)}\r\n${data}\r\n`
})

const bodies = fc.oneof(
  fc.constant({ fields: [] as string[], bytes: '' }),
  fc.constant({ fields: ['Content-Length: 0'], bytes: '' }),
  text(valueCharacters, 1, 60).map((bytes) => ({ fields: [`content-length: ${bytes.length}`], bytes })),
  fc
    .tuple(fc.array(chunk, { maxLength: 4 }), fc.constantFrom('chunked', 'Chunked'))
    .map(([chunks, coding]) => ({ fields: [`Transfer-Encoding: ${coding}`], bytes: `${chunks.join('')}0\r\n\r\n` })),
)

const extension = fc.constantFrom('', '', ';a', ';a=b', ';a=b;c', ';a="b"', '; a')
const trailers = fc.constantFrom('', '', 'X-Sum: 1\r\n', 'a:b\r\nc: \td \r\n', 'Content-Length: 3\r\n', 'x y: z\r\n')

/** Chunked bodies with what services may add, and some of what they may not. */
const extendedBodies = fc
  .tuple(fc.array(text(valueCharacters, 1, 20), { maxLength: 3 }), extension, trailers)
  .map(([parts, more, last]) => {
    const chunks = parts.map((data) => `${data.length.toString(16).toUpperCase()}${more}\r\n${data}\r\n`)
    return { fields: ['Transfer-Encoding: chunked'], bytes: `${chunks.join('')}0${more}\r\n${last}\r\n` }
  })

const targets = fc.oneof(
  text(targetCharacters, 0, 40).map((rest) => `/${rest}`),
  fc.constantFrom('http://api.example.com', 'http://api.example.com:80/x?y', 'HTTPS://[::1]:1/', 'http://a?b'),
)

const versions = fc.constantFrom('1.1', '1.1', '1.1', '1.0')

function message(start: string, lines: readonly string[], framing: readonly string[], body: string): string {
  return `${[start, ...lines, ...framing].join('\r\n')}\r\n\r\n${body}`
}

/** Requests as a correct client sends them, mostly. */
export const requestTexts: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...METHODS), targets, versions, fieldLines, bodies)
  .map(([method, target, version, lines, { fields, bytes }]) => {
    if (method === 'CONNECT') return message(`CONNECT api.example.com:443 HTTP/${version}`, lines, [], '')
    return message(`${method} ${target} HTTP/${version}`, lines, fields, bytes)
  })

/** Responses as a correct service sends them, mostly. */
export const responseTexts: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('200', '201', '204', '206', '301', '304', '400', '503', '999'),
    fc.constantFrom(' OK', '', ' ', ' Not\tFound', ' caf\xe9'),
    versions,
    fieldLines,
    fc.oneof(bodies, bodies, extendedBodies),
  )
  .map(([status, reason, version, lines, { fields, bytes }]) =>
    message(`HTTP/${version} ${status}${reason}`, lines, fields, bytes),
  )

const inserted = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    '\t',
    '\v',
    '\f',
    ':',
    ';',
    ',',
    '=',
    '_',
    '+',
    '-',
    '0',
    '1',
    'a',
    '\x7f',
    '\x85',
    '"',
  ],
  ...['\r\n ', '\r\n\t', '\n\n', '\r\n\r\n', ' :', 'chunked', 'x', '#', '@', '//', ';a=b', ';a="b"', '0x'],
  ...['Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Content_Length: 3\r\n', 'Connection: close\r\n'],
)

/** How to damage a text: where, in thousandths of its length, how many characters to take out, and what to put there. */
const damages = fc.array(fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 2 }), inserted), {
  minLength: 1,
  maxLength: 3,
})

/** The same texts with something wrong about them, mostly. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, damages).map(([whole, faults]) => {
    return faults.reduce((before, [part, removed, put]) => {
      const at = Math.floor((part * before.length) / 1000)
      return before.slice(0, at) + put + before.slice(at + removed)
    }, whole)
  })
}
