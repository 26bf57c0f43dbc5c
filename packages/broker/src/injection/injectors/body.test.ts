import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import fc from 'fast-check'
import type { BodyPlace } from '../body/body-place.ts'
import { headAround, headWith } from '../injector.suite.ts'
import type { RequestHead } from '../request-head.ts'
import { body } from './body.ts'

const placeholder = 'sk_test_coatcheck_0123456789abcdefghijklmn'

function placeOf(spec: Omit<InjectorSpec, 'kind'>): BodyPlace {
  return body.prepare({ kind: 'body', ...spec }).body!
}

function typed(value: string, ...further: readonly (readonly [string, string])[]): RequestHead {
  return headWith(...[['Content-Type', value] as const, ...further].map(([name, text]) => ({ name, value: text })))
}

/** The body with the value where its place is. */
function written(place: BodyPlace, head: RequestHead, sent: string, value: string | Buffer): string {
  const bytes = Buffer.from(sent)
  const finding = place.find(head, bytes)
  assert.ok(finding !== undefined && 'span' in finding, JSON.stringify(finding))
  assert.equal(finding.text, placeholder)
  const { start, end } = finding.span
  return Buffer.concat([
    bytes.subarray(0, start),
    place.write(head, Buffer.from(value)),
    bytes.subarray(end),
  ]).toString()
}

const json = placeOf({ pointer: '/auth/token' })
const field = placeOf({ field: 'api_key' })
const urlencoded = typed('application/x-www-form-urlencoded')
const form = typed('multipart/form-data; boundary="b1"')
const awkward = 'a"\\&=+%/ü <>\u2028'

test('body writes the value into JSON with its escapes, and every other byte stays (W4)', () => {
  const sent = `{ "a" : 1.0, "auth":{"token": "${placeholder}" } , "b":"\\u00fc" }\n`
  const made = written(json, typed('application/json; charset=UTF-8'), sent, awkward)
  assert.equal(
    made,
    sent.replace(placeholder, () => JSON.stringify(awkward).slice(1, -1)),
  )
  assert.equal(JSON.parse(made).auth.token, awkward)
  assert.ok(written(json, typed('application/vnd.api+json'), sent, 'v').includes('"token": "v"'))
})

test('body writes the value into a form, percent-encoded (W4)', () => {
  const made = written(field, urlencoded, `a=%20+&api_key=${placeholder}&b`, awkward)
  assert.equal(new URLSearchParams(made).get('api_key'), awkward)
  assert.ok(made.startsWith('a=%20+&api_key=') && made.endsWith('&b'))
})

test('body writes the value into a part as it is (W4)', async () => {
  const sent = `--b1\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n${placeholder}\r\n--b1--\r\n`
  const made = written(field, form, sent, awkward)
  const read = await new Response(made, { headers: { 'content-type': 'multipart/form-data; boundary=b1' } }).formData()
  assert.equal(read.get('api_key'), awkward)
})

test('R-65: only the placeholder of a JSON body changes, whatever stands around it', () => {
  const place = placeOf({ pointer: '/x/key' })
  const head = typed('application/json')
  const around = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
  const spaces = fc.constantFrom(undefined, 1, '\t', 4)
  fc.assert(
    fc.property(around, around, spaces, fc.string({ minLength: 1, unit: 'grapheme' }), (outer, inner, indent, text) => {
      const value = `v${text.replace(/\p{Cc}/gu, '')}v`
      const object = { ...outer, x: { ...inner, key: placeholder } }
      const sent = JSON.stringify(object, null, indent)
      const made = written(place, head, sent, value)
      assert.equal(
        made,
        sent.replace(JSON.stringify(placeholder), () => JSON.stringify(value)),
      )
      assert.deepEqual(JSON.parse(made), JSON.parse(JSON.stringify({ ...outer, x: { ...inner, key: value } })))
    }),
    { numRuns: 300 },
  )
})

test('R-65: only the placeholder of a form changes, whatever stands around it', () => {
  const pairs = fc.array(fc.tuple(fc.stringMatching(/^[b-h]{1,8}$/), fc.string()), { maxLength: 5 })
  fc.assert(
    fc.property(pairs, pairs, fc.stringMatching(/^[!-~]{1,40}$/), (before, behind, value) => {
      const sent = String(new URLSearchParams([...before, ['api_key', placeholder], ...behind]))
      const made = new URLSearchParams(written(field, urlencoded, sent, value))
      assert.deepEqual([...made], [...before, ['api_key', value], ...behind])
    }),
    { numRuns: 300 },
  )
})

const unfit: readonly (readonly [BodyPlace, RequestHead, string])[] = [
  [json, headWith(), '{}'],
  [json, urlencoded, '{}'],
  [json, typed('text/json'), '{}'],
  [json, typed('application/json; charset=utf-16'), '{}'],
  [json, typed('application/json; charset=utf-8; charset=utf-7'), '{}'],
  [json, typed('application/json', ['content-type', 'application/json']), '{}'],
  [field, typed('application/json'), 'api_key=a'],
  [field, typed('application/x-www-form-urlencoded; charset=utf-16'), 'api_key=a'],
  [field, typed('multipart/form-data'), 'api_key=a'],
  [field, typed('multipart/form-data; boundary=a; boundary=b'), 'api_key=a'],
  [field, typed('multipart/mixed; boundary=b1'), 'api_key=a'],
]
test('a body of another type, or in another charset, does not fit, and the reason is told', () => {
  for (const [place, head, sent] of unfit) {
    assert.equal(place.fits(head), false)
    const finding = place.find(head, Buffer.from(sent))
    assert.ok(finding !== undefined && 'reason' in finding, JSON.stringify(head.fields))
  }
})

test('R-70: a compressed body is not read', () => {
  for (const coding of ['gzip', 'zstd', 'identity, br', 'x']) {
    const finding = json.find(typed('application/json', ['content-encoding', coding]), Buffer.from('{}'))
    assert.deepEqual(finding, { reason: 'it is compressed' })
  }
  assert.equal(json.find(typed('application/json', ['content-encoding', 'identity']), Buffer.from('{}')), undefined)
})

test('R-67, R-40: values that would not arrive as they are, or change the body, are refused when saved and when sent', () => {
  const never = ['', 'a\r\nb', 'a\nb', 'a\0b', ' a', 'a ']
  for (const [spec, head, values] of [
    [{ pointer: '/a' }, typed('application/json'), [...never, 'a\xff']],
    [{ field: 'a' }, urlencoded, never],
    [{ field: 'a' }, form, never],
  ] as const) {
    const injection = body.prepare({ kind: 'body', ...spec })
    for (const value of values) {
      const bytes = Buffer.from(value, 'latin1')
      assert.throws(() => injection.check(bytes), isProblem('secret_unusable'))
      assert.throws(() => injection.body!.write(head, bytes), isProblem('secret_unusable'))
    }
    injection.check(Buffer.from('ü'))
  }
  assert.throws(() => field.write(form, Buffer.from('--b1--')), isProblem('secret_unusable'))
})

test('body reads and writes nothing of a head, and is not attached unasked (R-60)', () => {
  const injection = body.prepare({ kind: 'body', pointer: '/a' })
  const head = headAround({ fields: [{ name: 'Authorization', value: `Bearer ${placeholder}` }] })
  const before = structuredClone(head)
  assert.equal(injection.carries(head, placeholder), false)
  injection.blank(head, placeholder)
  assert.throws(() => injection.apply(head, placeholder, Buffer.from('v')), isProblem('placeholder_undeclared_place'))
  assert.deepEqual(head, before)
  assert.equal(injection.attach, null)
})

test('body refuses unknown and malformed options when it is prepared (R-62)', () => {
  for (const wrong of [
    {},
    { pointer: '/a', field: 'a' },
    { pointer: '' },
    { pointer: 'a' },
    { pointer: '/~' },
    { pointer: `/${'a'.repeat(256)}` },
    { field: '' },
    { field: 'a[b]' },
    { field: 'a b' },
    { field: '..' },
    { pointer: '/a', format: '{{ value | slice }}' },
    { pointer: ['/a'] },
  ] as const) {
    assert.throws(() => body.prepare({ kind: 'body', ...wrong }), isProblem('scope_invalid'), JSON.stringify(wrong))
  }
})

function isProblem(code: CoatcheckError['code']): (error: unknown) => boolean {
  return (error) => error instanceof CoatcheckError && error.code === code
}
