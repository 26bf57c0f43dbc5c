import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalHost } from './canonical-host.ts'

const accepted: readonly [name: string, text: string, host: string][] = [
  ['a plain name', 'api.example.com', 'api.example.com'],
  ['upper case (R-10)', 'API.EXAMPLE.COM', 'api.example.com'],
  ['mixed case with the dot of the root (R-09)', 'ExAmPlE.com.', 'example.com'],
  ['an international name (R-09)', 'bücher.de', 'xn--bcher-kva.de'],
  ['an international name in upper case (R-09)', 'BÜCHER.DE.', 'xn--bcher-kva.de'],
  ['a decomposed letter (R-09)', 'bu\u0308cher.de', 'xn--bcher-kva.de'],
  ['punycode (R-09)', 'XN--BCHER-KVA.de', 'xn--bcher-kva.de'],
  ['sharp s, which is a letter of its own', 'faß.de', 'xn--fa-hia.de'],
  ['a name of one label', 'registry', 'registry'],
  ['underscores', '_dmarc.my_bucket.example.com', '_dmarc.my_bucket.example.com'],
  ['two hyphens in a row', 'r3---sn.example.com', 'r3---sn.example.com'],
  ['digits before the last label', '1.2.3.example', '1.2.3.example'],
  ['a label of 63 characters', `${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`],
]

for (const [name, text, host] of accepted) {
  test(`the canonical host of ${name}`, () => {
    assert.equal(canonicalHost(text), host)
    assert.equal(canonicalHost(host), host)
  })
}

const refused: readonly [name: string, text: string][] = [
  ['the empty text', ''],
  ['a dot', '.'],
  ['two dots at the end', 'example.com..'],
  ['a dot at the start', '.example.com'],
  ['an empty label', 'a..example.com'],
  ['user information (R-05)', 'api.example.com:x@attacker.example'],
  ['user information without a password (R-05)', 'api.example.com@attacker.example'],
  ['a port (R-05)', 'api.example.com:443'],
  ['many colons (R-05)', 'a:b:c'],
  ['brackets (R-05)', '[api.example.com]'],
  ['an address in brackets (R-05)', '[::1]'],
  ['NUL (R-08)', 'attacker.example\0.example.com'],
  ['a tab (R-08)', 'api.exam\tple.com'],
  ['a line break (R-08)', 'api.example.com\r\n'],
  ['a space (R-08)', 'api.example.com '],
  ['an encoded NUL (R-08)', 'attacker.example%00.example.com'],
  ['an encoded dot (R-08)', 'api%2eexample.com'],
  ['a backslash (R-08)', 'attacker.example\\.example.com'],
  ['a slash', 'api.example.com/x'],
  ['DEL (R-08)', 'api.example.com\x7f'],
  ['a full-width dot (R-09)', 'api．example.com'],
  ['an ideographic dot (R-09)', 'api。example。com'],
  ['full-width letters (R-09)', 'ＡＰＩ.example.com'],
  ['the Kelvin sign (R-09)', 'api.\u212aey.com'],
  ['a soft hyphen (R-09)', 'exa\u00admple.com'],
  ['a zero-width space in an international label (R-09)', 'b\u200bücher.de'],
  ['a ligature (R-09)', 'oﬃceü.com'],
  ['punycode that decodes to nothing', 'xn--a.com'],
  ['punycode of an ASCII label', 'xn--abc-.com'],
  ['a lone surrogate', '\ud800.com'],
  ['a hyphen at the start of a label', '-a.example.com'],
  ['a hyphen at the end of a label', 'a-.example.com'],
  ['a wildcard', '*.example.com'],
  ['a label of 64 characters', `${'a'.repeat(64)}.com`],
  ['a name of 254 characters', `${'a.'.repeat(126)}ab`],
  ['a very long text', 'a.'.repeat(100_000)],
  ['a dotted address', '127.0.0.1'],
  ['a dotted address with the dot of the root', '127.0.0.1.'],
  ['a short address', '127.1'],
  ['a hexadecimal address', '0x7f.1'],
  ['a hexadecimal number', '0x7f000001'],
  ['an octal address', '0177.0.0.1'],
  ['a decimal address', '2130706433'],
  ['a name that ends in a number', 'example.1'],
  ['a name that ends in a hexadecimal number', 'example.0xa'],
  ['an IPv6 address', '::1'],
  ['an IPv6 address with a zone', 'fe80::1%eth0'],
  ['full-width digits', '１２７.0.0.1'],
]

for (const [name, text] of refused) {
  test(`${name} is no canonical host`, () => assert.equal(canonicalHost(text), undefined))
}

test('a name of 253 characters, with and without the dot of the root', () => {
  const name = `${'a.'.repeat(126)}a`
  assert.equal(canonicalHost(name), name)
  assert.equal(canonicalHost(`${name}.`), name)
})

test('any text gives undefined or a host that is its own canonical form', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.ipV4(), fc.webAuthority())
  fc.assert(
    fc.property(text, (input) => {
      const host = canonicalHost(input)
      if (host === undefined) return
      assert.match(host, /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/)
      assert.equal(canonicalHost(host), host)
      assert.equal(canonicalHost(host.toUpperCase()), host)
      assert.equal(new URL(`http://${host}/`).hostname, host)
    }),
    { numRuns: 2_000 },
  )
})
