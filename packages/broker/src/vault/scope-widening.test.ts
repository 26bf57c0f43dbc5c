import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import { widens } from './scope-widening.ts'

const base: Scope = { to: 'api.example.com', inject: { kind: 'header', name: 'x-api-key' } }
const pin = { address: '10.0.0.1', port: 8443 }

const basic: Scope = { ...base, inject: { kind: 'basic' } }
const spread: Scope = { ...base, inject: { kind: 'placeholder', in: ['header:x-a', 'query:b', 'path'] } }
const mapped: Scope = { ...base, inject: { kind: 'headers', headers: { 'X-A': '{{ value }}', 'X-B': '1' } } }
const always: Scope = { ...base, attach: 'always' }
const images: Scope = { ...base, inject: { kind: 'registry', tokenUrl: 'https://auth.example.com/token' } }

const narrower: readonly (readonly [string, readonly Scope[], readonly Scope[]])[] = [
  ['nothing changes', [base], [base]],
  ['a scope goes', [base, { ...base, to: 'b.example.com' }], [base]],
  ['every scope goes', [base], []],
  ['the order changes', [base, { ...base, to: 'b.example.com' }], [{ ...base, to: 'b.example.com' }, base]],
  ['a path is added', [base], [{ ...base, to: 'api.example.com/v1' }]],
  ['a path is lengthened', [{ ...base, to: 'api.example.com/v1' }], [{ ...base, to: 'api.example.com/v1/charges' }]],
  ['the scheme is written out', [base], [{ ...base, to: 'https://api.example.com' }]],
  ['the port is written out', [base], [{ ...base, to: 'https://api.example.com:443/' }]],
  ['one host of a suffix', [{ ...base, to: '*.example.com' }], [{ ...base, to: 'api.example.com' }]],
  ['a deep host of a suffix', [{ ...base, to: '*.example.com' }], [{ ...base, to: 'a.b.example.com' }]],
  ['a suffix below a suffix', [{ ...base, to: '*.example.com' }], [{ ...base, to: '*.eu.example.com' }]],
  ['foreign credentials are refused now', [{ ...base, foreign: 'pass' }], [base]],
  ['the default is written out', [base], [{ ...base, foreign: 'refuse', allowPrivate: false }]],
  ['private addresses are closed', [{ ...base, allowPrivate: true }], [base]],
  ['further roots go', [{ ...base, roots: 'PEM' }], [base]],
  ['pin and roots stay', [{ ...base, pin, roots: 'PEM' }], [{ ...base, pin: { ...pin }, roots: 'PEM' }]],
  ['the placeholder must stand there again', [always], [base]],
  ['nothing is attached unasked, as it says', [always], [{ ...base, attach: 'replace' }]],
  ['others’ credentials are not replaced any more', [{ ...always, foreign: 'replace' }], [always]],
  ['nor let through', [{ ...always, foreign: 'pass' }], [{ ...base, foreign: 'refuse' }]],
  ['one half of a pair', [basic], [{ ...basic, inject: { kind: 'basic', as: 'user' } }]],
  ['one user of a registry', [images], [{ ...images, inject: { ...images.inject, username: 'me' } }]],
  ['some repositories', [images], [{ ...images, inject: { ...images.inject, repositories: ['a/*'] } }]],
  ['one user of a pair', [basic], [{ ...basic, inject: { kind: 'basic', username: 'me' } }]],
  [
    'the other half is ruled out, too',
    [{ ...basic, inject: { kind: 'basic', username: 'me' } }],
    [{ ...basic, inject: { kind: 'basic', username: 'me', as: 'password' } }],
  ],
  ['cookies are dropped again', [{ ...base, cookies: 'pass' }], [base]],
  ['cookies are kept outside', [{ ...base, cookies: 'pass' }], [{ ...base, cookies: 'keep' }]],
  ['cookies are dropped, in so many words', [base], [{ ...base, cookies: 'drop' }]],
  ['what cannot be searched is blocked', [{ ...base, uninspected: 'pass' }], [{ ...base, uninspected: 'block' }]],
  ['it is blocked where nothing was said', [base], [{ ...base, uninspected: 'block' }]],
  ['more classes of calls are refused', [base], [{ ...base, refuse: ['credentials', 'destructive'] }]],
  ['the usual ones are refused again', [{ ...base, refuse: [] }], [base]],
  ['the usual ones are written out', [base], [{ ...base, refuse: ['credentials'] }]],
  ['new keys are masked again', [{ ...base, newKeys: 'pass' }], [base]],
  ['new keys are blocked', [base], [{ ...base, newKeys: 'block' }]],
  ['that new keys are masked is said', [base], [{ ...base, newKeys: 'mask' }]],
  ['fewer surfaces', [spread], [{ ...base, inject: { kind: 'placeholder', in: ['path', 'header:x-a'] } }]],
  ['the same templates in another order', [mapped], [structuredClone(mapped)]],
  ['an absent option is undefined', [base], [{ ...base, inject: { ...base.inject, prefix: undefined } }]],
]

const wider: readonly (readonly [string, readonly Scope[], readonly Scope[]])[] = [
  ['a scope where there was none', [], [base]],
  ['another host', [base], [{ ...base, to: 'evil.example' }]],
  [
    'another token service of a registry',
    [images],
    [{ ...images, inject: { ...images.inject, tokenUrl: 'https://evil.example/token' } }],
  ],
  ['pushing', [images], [{ ...images, inject: { ...images.inject, access: 'push' } }]],
  ['every repository', [{ ...images, inject: { ...images.inject, repositories: ['a/*'] } }], [images]],
  ['every user of a registry', [{ ...images, inject: { ...images.inject, username: 'me' } }], [images]],
  [
    'another region whose service is asked',
    [{ ...base, inject: { kind: 'aws-ecr', region: 'eu-central-1' } }],
    [{ ...base, inject: { kind: 'aws-ecr', region: 'us-east-1' } }],
  ],
  ['one more host', [base], [base, { ...base, to: 'evil.example' }]],
  ['a suffix instead of a host', [base], [{ ...base, to: '*.example.com' }]],
  ['the parent of a suffix', [{ ...base, to: '*.example.com' }], [{ ...base, to: 'example.com' }]],
  ['a look-alike of a suffix', [{ ...base, to: '*.example.com' }], [{ ...base, to: 'evilexample.com' }]],
  ['a look-alike of a host', [base], [{ ...base, to: 'api.example.com.evil.com' }]],
  ['a regular expression', [base], [{ ...base, to: '~^api\\.example\\.com$' }]],
  [
    'another regular expression',
    [{ ...base, to: '~^a\\.example\\.com$' }],
    [{ ...base, to: '~^[ab]\\.example\\.com$' }],
  ],
  ['a suffix in an expression', [{ ...base, to: '~^[a-z0-9-]*\\.example\\.com$' }], [{ ...base, to: '*.example.com' }]],
  ['another port', [base], [{ ...base, to: 'https://api.example.com:8443' }]],
  ['clear text', [base], [{ ...base, to: 'http://api.example.com' }]],
  ['clear text on the same port', [base], [{ ...base, to: 'http://api.example.com:443' }]],
  ['a shorter path', [{ ...base, to: 'api.example.com/v1' }], [base]],
  ['a sibling path', [{ ...base, to: 'api.example.com/v1' }], [{ ...base, to: 'api.example.com/v10' }]],
  ['a path that climbs', [{ ...base, to: 'api.example.com/v1' }], [{ ...base, to: 'api.example.com/v1/../v2' }]],
  ['an encoded climb', [{ ...base, to: 'api.example.com/v1' }], [{ ...base, to: 'api.example.com/v1/%2e%2e/v2' }]],
  ['user information', [base], [{ ...base, to: 'api.example.com@evil.example' }]],
  ['another injector', [base], [{ ...base, inject: { kind: 'bearer' } }]],
  ['another option', [base], [{ ...base, inject: { ...base.inject, name: 'x-log' } }]],
  ['one more option', [base], [{ ...base, inject: { ...base.inject, prefix: 'x' } }]],
  ['one option less', [base], [{ ...base, inject: { kind: 'header' } }]],
  ['foreign credentials pass', [base], [{ ...base, foreign: 'pass' }]],
  ['calls that hand out credentials', [base], [{ ...base, refuse: [] }]],
  ['other classes of calls instead', [base], [{ ...base, refuse: ['destructive'] }]],
  ['a class of calls that was refused', [{ ...base, refuse: ['credentials', 'money'] }], [base]],
  ['a pin', [base], [{ ...base, pin }]],
  ['another pin', [{ ...base, pin }], [{ ...base, pin: { ...pin, address: '10.0.0.2' } }]],
  ['a pin to another port', [{ ...base, pin }], [{ ...base, pin: { address: '10.0.0.1' } }]],
  ['no pin any more', [{ ...base, pin }], [base]],
  ['a root', [base], [{ ...base, roots: 'PEM' }]],
  ['another root', [{ ...base, roots: 'PEM' }], [{ ...base, roots: 'PEM2' }]],
  ['empty roots', [base], [{ ...base, roots: '' }]],
  ['private addresses', [base], [{ ...base, allowPrivate: true }]],
  ['a field of a later version', [base], [{ ...base, actions: ['read'] } as Scope]],
  ['a secret that is attached unasked', [base], [always]],
  ['another way beside it', [always], [{ ...always, inject: { kind: 'bearer' } }]],
  ['others’ credentials are replaced', [always], [{ ...always, foreign: 'replace' }]],
  ['replaced instead of let through', [{ ...always, foreign: 'pass' }], [{ ...always, foreign: 'replace' }]],
  ['let through instead of replaced', [{ ...always, foreign: 'replace' }], [{ ...always, foreign: 'pass' }]],
  ['cookies pass', [base], [{ ...base, cookies: 'pass' }]],
  ['cookies are no longer dropped', [base], [{ ...base, cookies: 'keep' }]],
  ['what cannot be searched passes', [{ ...base, uninspected: 'block' }], [{ ...base, uninspected: 'pass' }]],
  ['new keys pass', [base], [{ ...base, newKeys: 'pass' }]],
  ['new keys are masked, not blocked', [{ ...base, newKeys: 'block' }], [base]],
  ['it passes where nothing was said', [base], [{ ...base, uninspected: 'pass' }]],
  ['it may pass where nothing is said', [{ ...base, uninspected: 'block' }], [base]],
  ['both halves of a pair', [{ ...basic, inject: { kind: 'basic', as: 'user' } }], [basic]],
  [
    'another user of a pair',
    [{ ...basic, inject: { kind: 'basic', username: 'me' } }],
    [{ ...basic, inject: { kind: 'basic', username: 'you' } }],
  ],
  ['another surface', [spread], [{ ...base, inject: { kind: 'placeholder', in: ['header:x-a', 'query:c'] } }]],
  ['one more surface', [spread], [{ ...base, inject: { kind: 'placeholder', in: ['header:x-a', 'basic'] } }]],
  ['all fields instead of one', [spread], [{ ...base, inject: { kind: 'placeholder', in: ['header:*'] } }]],
  ['surfaces that are no list', [spread], [{ ...base, inject: { kind: 'placeholder', in: 'path' } }]],
  ['surfaces of another injector', [spread], [{ ...base, inject: { kind: 'header', in: ['path'] } }]],
  [
    'another template',
    [mapped],
    [{ ...base, inject: { kind: 'headers', headers: { 'X-A': 'k {{ value }}', 'X-B': '1' } } }],
  ],
  ['a template less', [mapped], [{ ...base, inject: { kind: 'headers', headers: { 'X-A': '{{ value }}' } } }]],
  [
    'another field with a template',
    [mapped],
    [{ ...base, inject: { kind: 'headers', headers: { 'X-C': '{{ value }}' } } }],
  ],
  [
    'the sum of two scopes',
    [
      { ...base, to: 'api.example.com/v1' },
      { ...base, inject: { kind: 'bearer' } },
    ],
    [{ ...base, to: 'api.example.com' }],
  ],
]

for (const [change, before, after] of narrower) {
  test(`SEC-02: not wider: ${change}`, () => assert.equal(widens(before, after), false))
}
for (const [change, before, after] of wider) {
  test(`SEC-02: wider: ${change}`, () => assert.equal(widens(before, after), true))
}

const hosts = ['example.com', 'api.example.com', 'a.api.example.com', 'evil.com', 'xexample.com']
const hostPatterns = [
  ...hosts,
  '*.example.com',
  '*.api.example.com',
  '~^(a|api)\\.example\\.com$',
  '~^[a-z0-9-]*\\.example\\.com$',
]
const paths = ['', '/', '/v1', '/v1/', '/v1/a', '/v10']
const origins = ['', 'https://', 'http://']
const scopes = fc.array(
  fc
    .record({
      to: fc
        .tuple(fc.constantFrom(...origins), fc.constantFrom(...hostPatterns), fc.boolean(), fc.constantFrom(...paths))
        .map(([origin, host, port, path]) => `${origin}${host}${origin !== '' && port ? ':8443' : ''}${path}`),
      kind: fc.constantFrom('bearer', 'basic'),
      attach: fc.constantFrom(undefined, 'replace', 'always'),
      foreign: fc.constantFrom(undefined, 'refuse', 'replace', 'pass'),
      allowPrivate: fc.constantFrom(undefined, false, true),
      roots: fc.constantFrom(undefined, 'PEM'),
      pin: fc.constantFrom(undefined, '10.0.0.1', '10.0.0.2'),
    })
    .map(({ to, kind, attach, foreign, allowPrivate, roots, pin: address }): Scope => {
      const options = { attach, foreign, allowPrivate, roots, pin: address === undefined ? undefined : { address } }
      const present = Object.entries(options).filter(([, option]) => option !== undefined)
      return { to, inject: { kind }, ...Object.fromEntries(present) }
    }),
  { maxLength: 3 },
)

/** Everything that a list of scopes lets happen, over a small world. */
function reach(list: readonly Scope[]): ReadonlySet<string> {
  const reached = new Set<string>()
  for (const scope of list) {
    const pattern = parseDestinationPattern(scope.to, { clearText: true, sharedSuffix: true })
    const attached = scope.attach === 'always' ? ['asked', 'unasked'] : ['asked']
    const foreign = scope.foreign === 'pass' || scope.foreign === 'replace' ? ['none', scope.foreign] : ['none']
    const ways = attached.flatMap((attach) => foreign.map((others) => `${attach} ${others}`))
    const addresses = scope.pin ? [scope.pin.address] : scope.allowPrivate === true ? ['public', 'private'] : ['public']
    const roots = scope.roots === undefined ? ['public'] : ['public', scope.roots]
    for (const scheme of ['https', 'http'] as const) {
      for (const port of [443, 80, 8443]) {
        for (const host of hosts) {
          for (const path of ['/', '/v1', '/v1/a', '/v1/a/b', '/v10']) {
            if (!pattern.matches({ scheme, host, port }, path)) continue
            for (const way of ways) {
              for (const address of addresses) {
                for (const root of roots)
                  reached.add([scheme, port, host, path, scope.inject.kind, way, address, root].join())
              }
            }
          }
        }
      }
    }
  }
  return reached
}

function replaceFields(scope: Scope, other: Scope, fields: readonly (keyof Scope)[]): Scope {
  const isKept = ([name]: readonly [string, unknown]) => !fields.includes(name as keyof Scope)
  const isTaken = ([name]: readonly [string, unknown]) => fields.includes(name as keyof Scope)
  const entries = [...Object.entries(scope).filter(isKept), ...Object.entries(other).filter(isTaken)]
  return { to: scope.to, inject: scope.inject, ...Object.fromEntries(entries) }
}

test('SEC-02: what is not wider reaches nothing new', () => {
  let narrowed = 0
  const replaced = fc.subarray(['to', 'inject', 'attach', 'foreign', 'allowPrivate', 'roots', 'pin'] as const)
  fc.assert(
    fc.property(scopes, scopes, replaced, (before, others, fields) => {
      // Scopes that share most fields with an old one; two drawn at random hardly ever cover each other.
      const after = others.map((other, index) => replaceFields(before[index] ?? other, other, fields))
      if (widens(before, after)) return
      if (after.length > 0) narrowed++
      assert.ok(reach(after).isSubsetOf(reach(before)))
    }),
    { numRuns: 3_000 },
  )
  assert.ok(narrowed > 50, `only ${narrowed} cases told something`)
})

test('a list of scopes is never wider than itself, nor is a part of it', () => {
  fc.assert(
    fc.property(scopes, (list) => {
      assert.equal(widens(list, structuredClone(list)), false)
      assert.equal(widens(list, list.slice(1)), false)
    }),
  )
})
