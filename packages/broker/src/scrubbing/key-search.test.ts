import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providers } from '@coatcheck/catalog'
import fc from 'fast-check'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import { searchableForms } from './key-search.ts'
import type { Fit } from './scrubbed-value.ts'
import { Scrubber } from './scrubber.ts'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
const filler = fc.string({ unit: fc.constantFrom(...letters, ...' "\n{}:,.%\\/-_='), maxLength: 80 })
const value = 'ghp_0123456789abcdefABCDEF0123456789abcd'
const placeholder = 'ghp_coatcheck_0123456789abcdefghijklmn'
const forms = searchableForms(providers.flatMap(({ keyShapes }) => keyShapes))
const github = searchableForms(providers.find(({ id }) => id === 'github')!.keyShapes)
const fresh = 'ghp_Zz0987654321fedcbaFEDCBA987654321zzz'
const masked = `ghp_${'x'.repeat(36)}`

const scrubberFor = (keyForms = github, areBlocked = false): Scrubber =>
  new Scrubber([{ bytes: Buffer.from(value), placeholder, isWeak: false }], {
    forms: keyForms,
    placeholders: [placeholder],
    areBlocked,
  })

function through(scrubber: Scrubber, body: string, cuts: readonly number[] = [], fit: Fit = 'exact') {
  const stream = scrubber.stream(fit)
  const parts = ownChunks(Buffer.from(body, 'latin1'), cuts).map((chunk) => Buffer.from(stream.write(chunk)))
  parts.push(Buffer.from(stream.flush()))
  const { hits, newKeys } = stream
  return { text: Buffer.concat(parts).toString('latin1'), hits, newKeys }
}

test('SEC-09: a key of any form in the catalog that can be told does not survive, wherever the bytes are cut', () => {
  assert.ok(forms.length > 60, `${forms.length}`)
  for (const form of forms) {
    const scrubber = scrubberFor([form])
    const property = fc.property(
      fc.record({ key: fc.stringMatching(form.pattern), before: filler, after: filler }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      fc.constantFrom<Fit>('exact', 'fitted'),
      ({ key, before, after }, cuts, fit) => {
        fc.pre(key.length <= 1024)
        const body = `${before}"${key}"${after}`
        const result = through(scrubber, body, cuts, fit)
        assert.ok(result.newKeys > 0, `${form.prefix}: found`)
        // What has one letter again and again, or none, may stay as it is: it holds nothing.
        const letters = new Set(key.slice(form.prefix.length).match(/[A-Za-z0-9]/g))
        assert.ok(!result.text.includes(key) || letters.size <= 1, 'and gone')
        assert.equal(result.text.length, body.length, 'at the same length')
        assert.ok(result.text.includes(`"${form.prefix}`), 'with what is public of it')
      },
    )
    fc.assert(property, { numRuns: 12 })
  }
})

test('SEC-09: at every single cut, and byte by byte, the same stands there', () => {
  const body = `{"old":"${value}","new":"${fresh}","next":"\\n${fresh}%22","again":"${placeholder}"}`
  const clean = `{"old":"${placeholder}","new":"${masked}","next":"\\n${masked}%22","again":"${placeholder}"}`
  const scrubber = scrubberFor()
  assert.deepEqual(through(scrubber, body), { text: clean, hits: 1, newKeys: 2 })
  for (let cut = 0; cut <= body.length; cut += 1) assert.equal(through(scrubber, body, [cut]).text, clean)
  const everywhere = Array.from({ length: body.length }, (_, index) => index)
  assert.equal(through(scrubber, body, everywhere).text, clean)
})

test('SEC-09: keys in a run without an end are found, however long it is', () => {
  const run = 'A'.repeat(6000)
  for (const cuts of [[], [6010], [3000, 6001, 6020, 9000]]) {
    const { text, newKeys } = through(scrubberFor(), `${run}.${fresh}.${run}${fresh}`, cuts)
    assert.deepEqual([newKeys, text.includes(fresh), text.length], [2, false, 12_082])
  }
})

test('SEC-09: what is written has the form of a key where one character can make it', () => {
  const cases = [
    ['lin_oauth_', /^lin_oauth_[0-9a-f]{8}$/, 'lin_oauth_12ab34cd', 'lin_oauth_00000000'],
    ['xoxb-', /^xoxb-[0-9]{3}-[A-Za-z0-9-]{4}$/, 'xoxb-123-a-bc', 'xoxb-000-0-00'],
    ['AKIA', /^AKIA[A-Z]{8}$/, 'AKIAQRSTUVWX', 'AKIAAAAAAAAA'],
    ['both_', /^both_[a-z]{4}[0-9]{4}$/, 'both_abcd1234', 'both_xxxxxxxx'],
  ] as const
  for (const [prefix, pattern, key, expected] of cases) {
    assert.equal(through(scrubberFor([{ prefix, pattern }]), `<${key}>`).text, `<${expected}>`)
  }
})

test('SEC-09: what is no key stays: a prefix alone, too few characters, placeholders, what was masked before', () => {
  const texts = ['ghp_', 'ghp_ghp_ghp_', fresh.slice(0, -1), placeholder, `${placeholder}${placeholder}`]
  for (const text of texts)
    assert.deepEqual(through(scrubberFor(), `"${text}"`), { text: `"${text}"`, hits: 0, newKeys: 0 })
  assert.equal(through(scrubberFor(), masked).text, masked)
})

test('SEC-09: fields are cleaned, and one whose name has a key in it is left out', () => {
  const scrubbed = scrubberFor().fields([
    { name: 'X-Token', value: `token ${fresh}` },
    { name: fresh, value: 'x' },
    { name: 'Server', value: 'x' },
  ])
  const fields = [
    { name: 'X-Token', value: `token ${masked}` },
    { name: 'Server', value: 'x' },
  ]
  assert.deepEqual(scrubbed, { fields, hits: 0, newKeys: 2 })
})

test('a prefix of fewer than four characters is no form that can be searched for', () => {
  assert.deepEqual(searchableForms([{ prefix: 'sk-', pattern: /^sk-[a-z]{40}$/ }]), [])
  assert.deepEqual(searchableForms([{ prefix: '', pattern: /^[a-z]{40}$/ }]), [])
})

test('SEC-09: where a run begins keys without an end, its rest is taken for one, and the next run is looked at anew', () => {
  const slow = { prefix: 'ATATT3', pattern: /^ATATT3[A-Za-z0-9+/=_-]+=[A-Za-z0-9]{8}$/ }
  const key = `ATATT3${'a'.repeat(40)}=01234567`
  const run = 'ATATT3'.repeat(100)
  const { text, newKeys } = through(scrubberFor([slow]), `${run}${key} key_ATATT3 ${key}`)
  assert.equal(newKeys, 2)
  assert.equal(text.length, run.length + 2 * key.length + 12)
  assert.ok(!text.includes('a'.repeat(40)) && text.includes(' key_ATATT3 '))
})

test('beginnings of a form in text, however many, are no keys', () => {
  const body = 'npm_config_x npm_config_y\n'.repeat(2000)
  const npm = { prefix: 'npm_', pattern: /^npm_[A-Za-z0-9]{36}$/ }
  assert.deepEqual(through(scrubberFor([npm]), body), { text: body, hits: 0, newKeys: 0 })
})
