import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BodyFinding } from './body-place.ts'
import { findFormField } from './form-field.ts'
import { findMultipartField } from './multipart-field.ts'

const boundary = 'a-Boundary.1'

function part(name: string, content: string, further = ''): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${further}\r\n\r\n${content}\r\n`
}

function multipart(...parts: readonly string[]): string {
  return `${parts.join('')}--${boundary}--\r\n`
}

function textAt(body: string, finding: BodyFinding): string | undefined {
  if (finding === undefined || 'reason' in finding) return undefined
  return body.slice(finding.span.start, finding.span.end)
}

for (const [body, written, text] of [
  ['api_key=abc', 'abc', 'abc'],
  ['a=1&api_key=a%62c&b=%26', 'a%62c', 'abc'],
  ['a&api_key=a+b&', 'a+b', 'a b'],
] as const) {
  test(`the field of the form ${body} is found`, () => {
    const finding = findFormField(Buffer.from(body), 'api_key')
    assert.ok(finding !== undefined && 'text' in finding)
    assert.deepEqual([textAt(body, finding), finding.text], [written, text])
  })
}

for (const body of ['', 'a=1', 'api_keys=abc', 'api_key', 'api_key=', 'x=api_key=abc']) {
  test(`there is no text in that field of the form “${body}”`, () => {
    assert.equal(findFormField(Buffer.from(body), 'api_key'), undefined)
  })
}

for (const body of [
  'api_key=abc&api_key=abc',
  'api_key=abc&api-key=x',
  'api_key=abc&API_KEY=x',
  'api_key=abc&api_key[]=x',
  'api_key=abc&api%5fkey=x',
  'api%5Fkey=abc',
  'Api_Key=abc',
  'a=1;api_key=abc',
  'api_key=abc;a=1',
  '?api_key=abc',
]) {
  test(`R-65: the form ${body} can be read in two ways`, () => {
    const finding = findFormField(Buffer.from(body), 'api_key')
    assert.ok(finding !== undefined && 'reason' in finding)
  })
}

for (const [what, body] of [
  ['alone', multipart(part('api_key', 'abc'))],
  [
    'between others',
    multipart(part('file', '\x00\r\n--a-B', '; filename="x.bin"'), part('api_key', 'abc'), part('b', '')),
  ],
  ['of type text/plain', multipart(part('api_key', 'abc', '\r\nContent-Type: text/plain; charset=utf-8'))],
  ['without a line break at the end', multipart(part('api_key', 'abc')).slice(0, -2)],
] as const) {
  test(`a multipart field is found: ${what}`, () => {
    const finding = findMultipartField(Buffer.from(body, 'latin1'), boundary, 'api_key')
    assert.equal(textAt(body, finding), 'abc')
  })
}

test('a multipart field that is not there, or empty, is no text', () => {
  for (const body of [multipart(part('a', 'b')), multipart(part('api_key', '')), multipart()]) {
    assert.equal(findMultipartField(Buffer.from(body), boundary, 'api_key'), undefined)
  }
})

for (const [what, body] of [
  ['a field twice', multipart(part('api_key', 'abc'), part('api_key', 'abc'))],
  ['a field in two spellings', multipart(part('api_key', 'abc'), part('API-KEY', 'abc'))],
  ['another spelling', multipart(part('Api_Key', 'abc'))],
  ['a file', multipart(part('api_key', 'abc', '; filename="a"'))],
  ['an encoded field', multipart(part('api_key', 'abc', '\r\nContent-Transfer-Encoding: base64'))],
  ['a field in another charset', multipart(part('api_key', 'abc', '\r\nContent-Type: text/plain; charset=utf-16'))],
  ['a field of JSON', multipart(part('api_key', 'abc', '\r\nContent-Type: application/json'))],
  ['two names for one part', multipart(part('a', 'abc', '; name="api_key"'))],
  ['two dispositions', multipart(part('a', 'abc', '\r\nContent-Disposition: form-data; name="api_key"'))],
  ['a folded field', multipart(part('a', 'abc', ';\r\n name="api_key"'))],
  ['bare line feeds', multipart(part('api_key', 'abc')).replaceAll('\r\n', '\n')],
  ['something before the first boundary', `x\r\n${multipart(part('api_key', 'abc'))}`],
  ['something behind the last boundary', `${multipart(part('api_key', 'abc'))}x`],
  ['a boundary that goes on', multipart(part('api_key', 'abc')).replace(`${boundary}\r`, `${boundary} \r`)],
  ['no end', multipart(part('api_key', 'abc')).slice(0, -4)],
  ['no head end', `--${boundary}\r\nContent-Disposition: form-data; name="api_key"\r\n--${boundary}--\r\n`],
] as const) {
  test(`R-65: multipart with ${what} can be read in two ways`, () => {
    const finding = findMultipartField(Buffer.from(body), boundary, 'api_key')
    assert.ok(finding !== undefined && 'reason' in finding, JSON.stringify(finding))
  })
}
