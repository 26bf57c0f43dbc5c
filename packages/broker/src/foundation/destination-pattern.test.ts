import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import fc from 'fast-check'
import { canonicalHost } from './canonical-host.ts'
import type { Destination } from './destination.ts'
import { parseDestinationPattern } from './destination-pattern.ts'

const https = (host: string, port = 443): Destination => ({ scheme: 'https', host, port })

function refusalOf(text: string, clearText = false): { to: string; reason: string; hint: string } {
  try {
    parseDestinationPattern(text, { clearText })
  } catch (error) {
    assert.ok(error instanceof CoatcheckError)
    assert.equal(error.code, 'scope_invalid')
    const { to, reason, hint } = error.facts
    assert.ok(typeof to === 'string' && typeof reason === 'string' && typeof hint === 'string')
    return { to, reason, hint }
  }
  return assert.fail(`${text} was accepted`)
}

const accepted: readonly [to: string, text: string, kind: string, port: number, pathPrefix: string][] = [
  ['api.example.com', 'api.example.com', 'exact', 443, ''],
  ['API.Example.com.', 'api.example.com', 'exact', 443, ''],
  ['HTTPS://api.example.com:443/', 'api.example.com', 'exact', 443, ''],
  ['https://api.example.com:8443', 'https://api.example.com:8443', 'exact', 8443, ''],
  ['api.example.com/v1/', 'api.example.com/v1', 'exact', 443, '/v1'],
  ['api.example.com/%70rojects', 'api.example.com/projects', 'exact', 443, '/projects'],
  ['bücher.de', 'xn--bcher-kva.de', 'exact', 443, ''],
  ['acme.zendesk.com', 'acme.zendesk.com', 'exact', 443, ''],
  ['my-app.vercel.app', 'my-app.vercel.app', 'exact', 443, ''],
  ['*.Example.com', '*.example.com', 'suffix', 443, ''],
  ['https://*.example.com:8443/api', 'https://*.example.com:8443/api', 'suffix', 8443, '/api'],
  ['*.my-app.vercel.app', '*.my-app.vercel.app', 'suffix', 443, ''],
  ['*.corp.internal', '*.corp.internal', 'suffix', 443, ''],
  ['~^api\\.example\\.com$', '~^api\\.example\\.com$', 'regex', 443, ''],
  ['~^(?:api|www)[.]example[.]com$', '~^(?:api|www)[.]example[.]com$', 'regex', 443, ''],
  [
    'https://~^a-[0-9]{1,3}\\.example\\.com$:8443/v1',
    'https://~^a-[0-9]{1,3}\\.example\\.com$:8443/v1',
    'regex',
    8443,
    '/v1',
  ],
]

for (const [to, text, kind, port, pathPrefix] of accepted) {
  test(`${to} is a destination pattern (V2)`, () => {
    const pattern = parseDestinationPattern(to)
    assert.deepEqual(
      [pattern.text, pattern.kind, pattern.scheme, pattern.port, pattern.pathPrefix],
      [text, kind, 'https', port, pathPrefix],
    )
    assert.equal(parseDestinationPattern(pattern.text).text, text)
  })
}

const refused: readonly [name: string, to: string, reason: RegExp, hint: RegExp][] = [
  ['an expression without anchors (V2)', '~api\\.example\\.com', /not anchored/, /~\^api\\\.example\\\.com\$$/],
  [
    'an expression without its first anchor (V2)',
    '~api\\.example\\.com$',
    /not anchored/,
    /~\^api\\\.example\\\.com\$$/,
  ],
  ['an expression whose last anchor is escaped (V2)', '~^api\\.example\\.com\\$', /not anchored/, /\$$/],
  ['an expression without anchors and escapes (V2)', '~api.example.com', /not anchored/, /~\^api\\\.example\\\.com\$$/],
  ['an unescaped dot (SEC-07)', '~^api.example\\.com$', /unescaped dot/, /~\^api\\\.example\\\.com\$$/],
  ['any characters before a domain (SEC-07)', '~^.*\\.example\\.com$', /unescaped dot/, /\[a-z0-9-\]\*/],
  ['a dot before any top-level name (SEC-07)', '~^example\\.[a-z]+$', /literal domain/, /\\\.example\\\.com\$/],
  ['a group at the end (SEC-07)', '~^api\\.example\\.(com|net)$', /literal domain/, /exact/],
  ['an optional last letter (SEC-07)', '~^api\\.example\\.com?$', /literal domain/, /exact/],
  ['an expression that others can register into (SEC-07)', '~^[a-z]+example\\.com$', /public suffix/, /domain/],
  ['an optional dot before the domain (SEC-07)', '~^[a-z]+\\.?example\\.com$', /public suffix/, /domain/],
  ['an expression over a shared suffix (SEC-07)', '~^acme-[a-z]+\\.zendesk\\.com$', /zendesk\.com/, /exact/],
  ['an expression over a private suffix (SEC-07)', '~^acme-[a-z]+\\.vercel\\.app$', /vercel\.app/, /exact/],
  ['alternatives outside a group', '~^a\\.example\\.com|b\\.example\\.com$', /group/, /\(\?:/],
  ['look-ahead', '~^(?=a)a\\.example\\.com$', /no place/, /letters/],
  ['flags', '~^(?s)a\\.example\\.com$', /no place/, /letters/],
  ['a negated class', '~^\\D\\.example\\.com$', /no place/, /letters/],
  ['a back-reference', '~^(a)\\1\\.example\\.com$', /no place/, /letters/],
  ['an unbalanced group', '~^(a\\.example\\.com$', /./, /Correct/],
  ['a repetition that is too large', `~^${'([a-z]{900})'.repeat(3)}\\.example\\.com$`, /too large/, /smaller/],
  ['an expression that is too long', `~^${'a'.repeat(600)}\\.example\\.com$`, /longer/, /several/],
  ['an expression without ~ (V2)', '^api\\.example\\.com$', /looks like/, /~\^api\\\.example\\\.com\$$/],
  ['a group without ~ (V2)', 'api.(a|b).example.com', /looks like/, /~\^api/],
  ['a star in the middle (V2)', 'bedrock.*.example.com', /looks like/, /~\^bedrock/],
  ['a lone star', '*', /whole labels/, /\*\.example\.com/],
  ['two stars', '*.*.example.com', /whole labels/, /\*\.example\.com/],
  ['a star inside a label', '*api.example.com', /whole labels/, /\*\.example\.com/],
  ['a wildcard on a public suffix (SEC-07)', '*.com', /public suffix/, /exact/],
  ['a wildcard on a public suffix of two labels (SEC-07)', '*.co.uk', /public suffix/, /exact/],
  ['a wildcard on a private suffix (SEC-07)', '*.vercel.app', /public suffix/, /exact/],
  ['a wildcard on pages of users (SEC-07)', '*.github.io', /public suffix/, /exact/],
  ['a wildcard on a shared suffix (SEC-07)', '*.atlassian.net', /tenants/, /exact/],
  ['a wildcard on another shared suffix (SEC-07)', '*.zendesk.com', /tenants/, /exact/],
  ['a wildcard above a shared suffix (SEC-07)', '*.windows.net', /tenants/, /exact/],
  ['a wildcard above a shared suffix of a vendor (SEC-07)', '*.github.dev', /tenants/, /exact/],
  ['a wildcard deep below a shared suffix (SEC-07)', '*.svc.us-east1.pinecone.io', /tenants/, /exact/],
  ['a wildcard on a name of one label', '*.internal', /public suffix/, /exact/],
  ['clear text (SEC-07)', 'http://api.example.com', /clear text/, /pin/],
  ['another scheme', 'ftp://api.example.com', /ftp/, /https/],
  ['another port without a scheme (SEC-07)', 'api.example.com:8443', /needs the scheme/, /https:\/\//],
  ['port zero', 'https://api.example.com:0', /port/, /65535/],
  ['a port that is too large', 'https://api.example.com:65536', /port/, /65535/],
  ['an empty port', 'https://api.example.com:', /port/, /65535/],
  ['an IPv4 address', '10.0.0.1', /address/, /pin/],
  ['an IPv4 address in another notation', 'https://0x7f.1', /address/, /pin/],
  ['an IPv6 address', '::1', /address/, /pin/],
  ['an IPv6 address in brackets', 'https://[::1]:8443', /address/, /pin/],
  ['an IPv6 address in brackets with nothing else', '[fd00::1]', /address/, /pin/],
  ['nothing', '', /missing/, /api\.example\.com/],
  ['a path alone', '/v1', /missing/, /api\.example\.com/],
  ['a query', 'api.example.com/v1?x', /query/, /path alone/],
  ['dot segments', 'api.example.com/v1/../v2', /dot_segment/, /plain/],
  ['a full-width dot (R-09)', 'api．example.com', /valid name/, /api\.example\.com/],
  ['NUL (R-08)', 'api.example.com\0', /valid name/, /api\.example\.com/],
  ['a line break', 'api.example.com\n', /valid name/, /api\.example\.com/],
]

for (const [name, to, reason, hint] of refused) {
  test(`${name} is refused with a hint`, () => {
    const refusal = refusalOf(to)
    assert.match(refusal.reason, reason)
    assert.match(refusal.hint, hint)
  })
}

test('a refusal does not repeat user information', () => {
  const refusal = refusalOf('https://user:hunter2@api.example.com')
  assert.match(refusal.reason, /user information/)
  assert.ok(!JSON.stringify(refusal).includes('hunter2'))
})

test('clear text is allowed inside: pinned scopes, and those that may be private (SEC-07)', () => {
  const pattern = parseDestinationPattern('http://registry.corp.internal', { clearText: true })
  assert.deepEqual([pattern.scheme, pattern.port, pattern.text], ['http', 80, 'http://registry.corp.internal'])
  assert.ok(pattern.matches({ scheme: 'http', host: 'registry.corp.internal', port: 80 }))
  assert.ok(!pattern.matches(https('registry.corp.internal')))
  assert.equal(parseDestinationPattern('http://a.internal:8080', { clearText: true }).port, 8080)
  assert.match(refusalOf('a.internal:80', true).reason, /needs the scheme/)
})

test('rules that no secret follows may cover shared suffixes', () => {
  const options = { sharedSuffix: true }
  assert.ok(parseDestinationPattern('*.vercel.app', options).matchesHost('a.vercel.app'))
  assert.ok(parseDestinationPattern('~^[a-z]+\\.zendesk\\.com$', options).matchesHost('acme.zendesk.com'))
  assert.throws(() => parseDestinationPattern('*.vercel.app:8443', options))
  assert.throws(() => parseDestinationPattern('~zendesk', options))
})

const matching: readonly [to: string, host: string, matches: boolean][] = [
  ['api.example.com', 'api.example.com', true],
  ['api.example.com', 'api.example.com.evil.com', false],
  ['api.example.com', 'xapi.example.com', false],
  ['api.example.com', 'example.com', false],
  ['*.a.example', 'b.a.example', true],
  ['*.a.example', 'c.b.a.example', true],
  ['*.a.example', 'a.example', false],
  ['*.a.example', 'xa.example', false],
  ['*.a.example', 'b.xa.example', false],
  ['*.a.example', 'a.example.evil.example', false],
  ['*.a.example', 'b.a.example.evil.example', false],
  ['~^[a-z]+\\.example\\.com$', 'api.example.com', true],
  ['~^API\\.Example\\.com$', 'api.example.com', true],
  ['~^api\\.example\\.com$', 'api.example.com.evil.com', false],
  ['~^api\\.example\\.com$', 'xapi.example.com', false],
  ['~^api\\.example\\.com$', 'api-example.com', false],
  ['~^[a-z]+\\.example\\.com$', 'a.b.example.com', false],
  ['~^(?:a|b)-[0-9]+\\.example\\.com$', 'b-12.example.com', true],
  ['~^(?:a|b)-[0-9]+\\.example\\.com$', 'a.example.com', false],
]

for (const [to, host, expected] of matching) {
  test(`${to} ${expected ? 'matches' : 'does not match'} ${host} (V2, R-20)`, () => {
    const pattern = parseDestinationPattern(to)
    assert.equal(pattern.matchesHost(host), expected)
    assert.equal(pattern.matches(https(host)), expected)
  })
}

test('scheme and port are part of the pattern, so neither widens the other (R-11, SEC-07)', () => {
  const usual = parseDestinationPattern('api.example.com')
  const other = parseDestinationPattern('https://api.example.com:8443')
  const wildcard = parseDestinationPattern('*.example.com')
  for (const [pattern, port] of [
    [usual, 443],
    [other, 8443],
    [wildcard, 443],
  ] as const) {
    for (const tried of [80, 443, 8443]) assert.equal(pattern.matches(https('api.example.com', tried)), tried === port)
    assert.ok(!pattern.matches({ scheme: 'http', host: 'api.example.com', port }))
  }
})

test('a path prefix ends where a segment ends', () => {
  const pattern = parseDestinationPattern('api.example.com/v1')
  for (const path of ['/v1', '/v1/', '/v1/models']) assert.ok(pattern.matches(https('api.example.com'), path), path)
  for (const path of ['/', '/v10', '/v1x/models', '/v1%2Fmodels', '/V1', '/x/v1']) {
    assert.ok(!pattern.matches(https('api.example.com'), path), path)
  }
  assert.ok(!pattern.matches(https('other.example.com'), '/v1'))
})

test('an expression that makes other engines slow is matched in linear time', () => {
  const pattern = parseDestinationPattern('~^(a+)+\\.example\\.com$')
  assert.ok(!pattern.matchesHost(`${'a'.repeat(60)}.b.${'a'.repeat(60)}.${'a'.repeat(60)}`))
})

const host = fc
  .domain()
  .map((name) => canonicalHost(name))
  .filter((name) => name !== undefined)

test('an exact pattern matches its own host and no extension of it (V2)', () => {
  fc.assert(
    fc.property(host, host, (name, other) => {
      const pattern = parseDestinationPattern(name)
      assert.ok(pattern.matchesHost(name))
      for (const wrong of [`${name}.${other}`, `${other}.${name}`, `x${name}`]) assert.ok(!pattern.matchesHost(wrong))
    }),
  )
})

test('a suffix matches one label or more below itself, on the boundary of a label only (R-20)', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  fc.assert(
    fc.property(label, fc.array(label, { minLength: 1, maxLength: 3 }), host, (name, below, other) => {
      const suffix = `${name}.example.com`
      const pattern = parseDestinationPattern(`*.${suffix}`)
      assert.ok(pattern.matchesHost(`${below.join('.')}.${suffix}`))
      for (const wrong of [suffix, `${below.join('')}${suffix}`, `${below[0]}.${suffix}.${other}`, `.${suffix}`]) {
        assert.ok(!pattern.matchesHost(wrong), wrong)
      }
    }),
  )
})

test('whatever an accepted expression matches lies below its literal domain (SEC-07)', () => {
  const part = fc.constantFrom(
    'a',
    'b',
    '\\.',
    '[a-z]',
    '[^x]',
    '(?:a|b)',
    '(a',
    ')',
    '|',
    '*',
    '+',
    '?',
    '.',
    '\\w',
    '-',
    'com',
  )
  const source = fc.array(part, { maxLength: 8 }).map((parts) => `^${parts.join('')}example\\.com$`)
  fc.assert(
    fc.property(source, fc.array(host, { maxLength: 20 }), (text, names) => {
      let pattern: ReturnType<typeof parseDestinationPattern>
      try {
        pattern = parseDestinationPattern(`~${text}`)
      } catch (error) {
        assert.ok(error instanceof CoatcheckError)
        return
      }
      for (const name of [...names, 'aexample.com', 'a.bexample.com', 'com', 'example.com.a', 'axample.com']) {
        if (pattern.matchesHost(name)) assert.match(`.${name}`, /\.(?:[ab-]|com)*example\.com$/)
      }
      for (const name of names) assert.equal(pattern.matchesHost(name), new RegExp(`^(?:${text})$`, 'i').test(name))
    }),
    { numRuns: 2_000 },
  )
})

test('any text is accepted or refused as a scope, and never fails otherwise', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((body) => `~^${body}$`),
    fc.webUrl(),
  )
  fc.assert(
    fc.property(text, (input) => {
      try {
        const { text: canonical } = parseDestinationPattern(input, { clearText: true })
        assert.equal(parseDestinationPattern(canonical, { clearText: true }).text, canonical)
      } catch (error) {
        assert.ok(error instanceof CoatcheckError && error.code === 'scope_invalid', String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a key in the wrong field is not repeated, and a name is', () => {
  for (const text of [
    'sk_live_4eC39HqLyjWDarjtT1zdp7dc!',
    '~sk_live_4eC39HqLyjWDarjtT1zdp7dc',
    '*.AKIAIOSFODNN7EXAMPLE0',
  ]) {
    const { to, reason, hint } = refusalOf(text)
    assert.doesNotMatch(to + reason + hint, /[0-9A-Za-z_]{20}/)
  }
  assert.equal(refusalOf('~api.example.com').to, '~api.example.com')
})
