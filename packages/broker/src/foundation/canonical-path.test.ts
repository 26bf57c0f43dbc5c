import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalTarget, type TargetFault } from './canonical-path.ts'

const accepted: readonly [name: string, target: string, path: string, query: string][] = [
  ['the root', '/', '/', ''],
  ['path and query', '/v1/models?limit=2&after=x', '/v1/models', '?limit=2&after=x'],
  ['an empty query', '/v1?', '/v1', '?'],
  ['a query with question marks and slashes', '/v1?a=/b/../c?d', '/v1', '?a=/b/../c?d'],
  ['encoded letters (R-23)', '/api/%70rojects', '/api/projects', ''],
  ['encoded letters in a query', '/v1?key=%73k-1', '/v1', '?key=sk-1'],
  ['lower-case hex digits', '/a%3a%c3%a9?x=%e2%82%ac', '/a%3A%C3%A9', '?x=%E2%82%AC'],
  ['a scoped package of npm', '/@types%2fnode', '/@types%2Fnode', ''],
  ['a GitLab project', '/api/v4/projects/group%2Fproject/issues', '/api/v4/projects/group%2Fproject/issues', ''],
  ['an object name that ends in a slash', '/b/bucket/o/folder%2F', '/b/bucket/o/folder%2F', ''],
  ['an object key', '/my-key%20with%20spaces+and=signs,(1)!', '/my-key%20with%20spaces+and=signs,(1)!', ''],
  ['git over HTTPS', '/o/r.git/info/refs?service=git-upload-pack', '/o/r.git/info/refs', '?service=git-upload-pack'],
  ['dots that are no dot segments', '/.well-known/..a/a../...', '/.well-known/..a/a../...', ''],
  ['parameters', '/a;v=1/b', '/a;v=1/b', ''],
  ['a method in Google style', '/v1/models/gemini:generateContent', '/v1/models/gemini:generateContent', ''],
  ['characters that clients forget to encode', '/a[1]/{b}|c^"<>`', '/a%5B1%5D/%7Bb%7D%7Cc%5E%22%3C%3E%60', ''],
  ['brackets in a query', '/v1?filter[a]=1', '/v1', '?filter[a]=1'],
  ['an encoded percent sign', '/100%25', '/100%25', ''],
  ['an encoded line break in a query', '/v1?text=a%0Ab', '/v1', '?text=a%0Ab'],
  ['a slash at the end', '/v1/', '/v1/', ''],
]

for (const [name, target, path, query] of accepted) {
  test(`the canonical target of ${name}`, () => assert.deepEqual(canonicalTarget(target), { path, query }))
}

const refused: readonly [name: string, target: string, fault: TargetFault][] = [
  ['the empty target', '', 'not_origin_form'],
  ['absolute form', 'http://api.example.com/', 'not_origin_form'],
  ['asterisk form', '*', 'not_origin_form'],
  ['authority form', 'api.example.com:443', 'not_origin_form'],
  ['a relative path', 'v1/models', 'not_origin_form'],
  ['a query alone', '?a=b', 'not_origin_form'],
  ['a fragment', '/v1#x', 'fragment'],
  ['a fragment in the query', '/v1?a#x', 'fragment'],
  ['a space', '/a b', 'raw_character'],
  ['NUL', '/a\0b', 'raw_character'],
  ['a line break', '/a\r\nHost: b', 'raw_character'],
  ['a raw letter outside ASCII', '/bücher', 'raw_character'],
  ['a raw letter outside ASCII in the query', '/?b=ü', 'raw_character'],
  ['a bare percent sign', '/100%', 'invalid_percent'],
  ['a percent sign before other letters', '/%zz', 'invalid_percent'],
  ['an escape of another kind', '/%u002e%u002e/', 'invalid_percent'],
  ['a bare percent sign in the query', '/?a=100%', 'invalid_percent'],
  ['an encoded NUL', '/v1%00', 'encoded_control'],
  ['an encoded line break', '/v1%0d%0aHost:', 'encoded_control'],
  ['an encoded DEL', '/%7f', 'encoded_control'],
  ['a backslash', '/v1\\..\\v2', 'backslash'],
  ['an encoded backslash', '/v1/..%5cv2', 'backslash'],
  ['an empty segment', '/v1//models', 'empty_segment'],
  ['two slashes at the start', '//attacker.example/v1', 'empty_segment'],
  ['two slashes at the end', '/v1//', 'empty_segment'],
  ['dot dot', '/v1/../admin', 'dot_segment'],
  ['a dot', '/v1/./admin', 'dot_segment'],
  ['dot dot at the end', '/v1/..', 'dot_segment'],
  ['a dot at the start', '/.', 'dot_segment'],
  ['encoded dots', '/v1/%2e%2e/admin', 'dot_segment'],
  ['half encoded dots', '/v1/.%2E/admin', 'dot_segment'],
  ['dots before parameters (R-22)', '/a;x/..;y/b', 'dot_segment'],
  ['dots before encoded parameters (R-22)', '/a/..%3by/b', 'dot_segment'],
  ['dots behind an encoded slash', '/v1/a%2f..%2f..%2fadmin', 'dot_segment'],
  ['encoded dots behind an encoded slash', '/v1/a%2F%2e%2e', 'dot_segment'],
  ['a double-encoded dot (R-22)', '/v1/%252e%252e/admin', 'double_encoding'],
  ['a triple-encoded slash', '/v1/..%25252fadmin', 'double_encoding'],
  ['a double-encoded NUL', '/v1%2500', 'double_encoding'],
  ['a double-encoded dot, its digits encoded too', '/v1/%25%32%65', 'double_encoding'],
  ['an overlong dot', '/v1/%c0%ae%c0%ae/admin', 'invalid_utf8'],
  ['an overlong slash of three bytes', '/v1%E0%80%AFadmin', 'invalid_utf8'],
  ['an encoded surrogate', '/%ED%A0%80', 'invalid_utf8'],
  ['half a character', '/%C3', 'invalid_utf8'],
]

for (const [name, target, fault] of refused) {
  test(`${name} has no canonical target: ${fault}`, () => {
    const read = canonicalTarget(target)
    assert.equal('refused' in read && read.refused, fault)
  })
}

test('a path with empty segments, or with what was encoded twice, is one name where paths are names', () => {
  for (const target of ['/shop//a', '/shop/a//', '/shop/%252F', '/shop/%252e%252E/x', '/shop//%2500', '/s/..%25252f']) {
    const read = canonicalTarget(`${target}?a=%62`)
    assert.deepEqual('literal' in read && read.literal, { path: target, query: '?a=b' })
  }
})

test('R-22: what is two paths also where paths are names has no literal form', () => {
  const both = [
    '//shop/a',
    '/a//../b',
    '/a/%2e%2e//b',
    '/a//%5Cb',
    '/a//%00',
    '/a//..;x/b',
    '/a//%c0%ae',
    '/..',
    '/%2500/../x',
  ]
  for (const target of both) assert.ok(!('literal' in canonicalTarget(target)), target)
})

test('a canonical target is its own canonical form, and no reader finds another path in it (R-21)', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    ';',
    '%25',
    '2e',
    'a',
    '%61',
    '?',
    '=',
    '%C3%A9',
    ' ',
  )
  const target = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `/${text}`),
    fc.webUrl({ withQueryParameters: true }).map((url) => url.replace(/^https?:\/\/[^/?]*/, '') || '/'),
  )
  fc.assert(
    fc.property(target, (input) => {
      const found = canonicalTarget(input)
      if ('refused' in found) return
      assert.deepEqual(canonicalTarget(found.path + found.query), found)
      assert.equal(new URL(found.path, 'http://host.example').pathname, found.path)
      const decode = (text: string) =>
        text.replaceAll(/%([0-9A-F]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
      for (const read of [found.path, decode(found.path), decode(decode(found.path))]) {
        assert.ok(!read.split(/[/\\]/).some((segment) => segment === '.' || segment === '..'), read)
      }
    }),
    { numRuns: 5_000 },
  )
})
