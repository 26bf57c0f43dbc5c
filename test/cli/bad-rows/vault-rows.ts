import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BadInput, misplacedValue } from '../bad-input.suite.ts'

const value = 'sk_live_0123456789abcdefghijklm'
const folder = join(tmpdir(), `coatcheck-bad-rows-${process.pid}`)
/** Path of a file that `makeNamedFiles` makes. */
export const file = (name: string): string => join(folder, name)

/** Makes the files that the rows name, until what it gives is disposed. */
export function makeNamedFiles(): Disposable {
  mkdirSync(file('folder'), { recursive: true })
  for (const [name, content] of [
    ['empty', ''],
    ['text', 'nothing of use\n'],
    ['list.yaml', '- one\n'],
    ['broken.yaml', 'id: [\n'],
    ['nohost.yaml', 'id: acme\nvariables: [ACME_KEY]\nhosts: []\n'],
    ['taken.yaml', 'id: stripe\nvariables: [X]\nhosts: [{host: a.example, injectors: [{kind: bearer}]}]\n'],
    ['null.json', 'null'],
    ['closed.yaml', 'default: deny\nrules: []\n'],
    ['no-default.yaml', 'rules: []\n'],
    ['no-methods.yaml', 'default: deny\nrules: [{ effect: allow, paths: [/v1] }]\n'],
    ['upwards.yaml', 'default: deny\nrules: [{ effect: deny, paths: [/v1/../v2] }]\n'],
    ['no-name.yaml', 'secrets: { KEY: stripe }\n'],
    ['open.yaml', 'name: open\n'],
    ['idle.yaml', 'name: idle\nrules: { KEY: { default: deny, rules: [] } }\n'],
    ['of-nothing.yaml', 'name: mine\nsecrets: { KEY: stirpe }\n'],
    ['forged.json', '{"at":"x","heads":[],"publicKey":"x","signature":"x"}'],
  ] as const)
    writeFileSync(file(name), content)
  return { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const create = (name: string, ...rest: string[]) => ['secret', 'create', name, '--provider', 'stripe', ...rest]
const scoped = (to: string, inject = 'bearer') => ['secret', 'create', 'new', '--to', to, '--inject', inject]
const invalid = (name: string, args: readonly string[], says: RegExp, stdin: string | Buffer = value): BadInput => {
  return { name, args, code: 2, says, options: { stdin } }
}
const missing = (args: readonly string[], says: RegExp): BadInput => {
  return {
    name: `${args.slice(0, 2).join(' ')} of what does not exist`,
    args,
    code: 3,
    says,
    options: { stdin: value },
  }
}

const values: readonly BadInput[] = [
  invalid('an empty value', create('new'), /No value was given: .*--value-file/, ''),
  invalid('a value of one line break', create('new'), /No value was given/, '\n'),
  invalid('a value with NUL', create('new'), /control character.*Remove line breaks/s, `${value}\0`),
  invalid('a value that is not UTF-8', create('new'), /not UTF-8/, Buffer.from([...Buffer.from(value), 0xff])),
  invalid('a value of two lines', create('new'), /line break/, `${value}\n${value}\n`),
  invalid('a value of 1 MiB', create('new'), /longer than 65536 bytes/, 'x'.repeat(1 << 20)),
  invalid('a value of 1 MiB for rotation', ['secret', 'rotate', 'stripe'], /longer than/, 'x'.repeat(1 << 20)),
  invalid('a time without a stage', ['secret', 'rotate', 'stripe', '--for', '10m'], /--for goes with --staged/),
  invalid('a stage of two hours', ['secret', 'rotate', 'stripe', '--staged', '--for', '2h'], /at most 1h/),
  invalid('a stage of no time', ['secret', 'rotate', 'stripe', '--staged', '--for', 'soon'], /a number and a unit/),
  invalid(
    'a stage after a compromise',
    ['secret', 'rotate', 'stripe', '--staged', '--compromised'],
    /cannot be used with/,
  ),
  invalid('a value that is too short', create('new'), /too short.*16 bytes/, 'short'),
  invalid('a value in a file that is not there', create('new', '--value-file', file('none')), /no such file/),
  invalid('a value in a folder', create('new', '--value-file', file('folder')), /it is a folder/),
  invalid('a value in an empty file', create('new', '--value-file', file('empty')), /No value was given/),
  invalid('both ways to give it', create('new', '--value-file', 'f', '--value-stdin'), /cannot be used with/),
  invalid('the value as an argument', create('new', '--value', misplacedValue), /never an argument.*replace the one/),
  invalid('the value as a second argument', create('new', misplacedValue), /too many arguments/),
  invalid('the value in the place of a command', ['secret', misplacedValue], /unknown command/),
  invalid('the value as days', create('new', '--rotation-days', misplacedValue), /from 1 to 3650/),
  invalid('the value as the file of itself', create('new', '--value-file', misplacedValue), /no such file/),
  { ...missing(['secret', 'show', misplacedValue], /No such secret/), name: 'the value in the place of a name' },
]

const scopes: readonly BadInput[] = [
  invalid('a name with a space', create('bad name'), /1 to 63 letters/),
  invalid('a name of 64 letters', create('n'.repeat(64)), /1 to 63 letters/),
  { ...invalid('a name that is taken', create('stripe'), /exists.*Rotate it/), code: 4 },
  { ...invalid('an unknown provider', ['secret', 'create', 'x', '--provider', 'strpe'], /No such provider/), code: 3 },
  invalid('neither provider nor scope', ['secret', 'create', 'x'], /give --provider, or --to/),
  invalid('a scope without a place', ['secret', 'create', 'x', '--inject', 'bearer'], /need --to/),
  invalid(
    'an expression without anchors',
    scoped('~api.example.com'),
    /not anchored.*Write ~\^api\\\.example\\\.com\$/,
  ),
  invalid('an expression that no host fits', scoped('~^a b\\.example\\.com$'), /has no place/),
  invalid('an expression of nothing', scoped('~^$'), /literal domain/),
  invalid('an expression that looks ahead', scoped('~^(?=a)b\\.example\\.com$'), /has no place/),
  invalid('an expression without its mark', scoped('a*b.example.com'), /looks like a regular expression/),
  invalid('two wildcards', scoped('*.*.example.com'), /whole labels/),
  invalid('a public suffix', scoped('*.vercel.app'), /public suffix/),
  invalid('a host with a space', scoped('exa mple.com'), /not a valid name/),
  invalid('no host', scoped(''), /Write a host/),
  invalid('an address', scoped('192.168.0.1'), /address is not a name/),
  invalid('an unknown scheme', scoped('ftp://x.example'), /scheme/),
  invalid('clear text', scoped('http://x.example'), /clear text/),
  invalid('port 0', scoped('https://x.example:0'), /port/),
  invalid('a query', scoped('x.example/a?b'), /neither query nor fragment/),
  invalid('a path with dots', scoped('x.example/a/../b'), /two ways/),
  invalid('an unknown injector', scoped('x.example', 'nosuch'), /unknown injector.*bearer/),
  invalid('an injector without its name', scoped('x.example', 'header'), /option missing|option: name/),
  invalid('an injector that frames the request', scoped('x.example', 'header:content-length'), /option/),
  invalid('roots in a folder', [...scoped('x.example'), '--roots', file('folder')], /it is a folder/),
  invalid('roots that are none', [...scoped('x.example'), '--roots', file('text')], /no certificate/),
  invalid('a pin that is no address', [...scoped('x.example'), '--pin', misplacedValue], /IP address/),
  invalid('always, on many hosts', [...scoped('*.x.example.com'), '--attach', 'always'], /exact host/),
  invalid('changes without scopes', ['secret', 'update', 'wiki'], /give --to/),
  {
    ...invalid(
      'a wider scope with the wrong value',
      ['secret', 'update', 'wiki', ...scoped('y.example').slice(3)],
      /./,
    ),
    code: 4,
    says: /needs the value/,
  },
]

const others: readonly BadInput[] = [
  missing(['secret', 'show', 'stirpe'], /Did you mean stripe\?/),
  missing(['secret', 'rotate', 'none'], /No such secret/),
  missing(['secret', 'update', 'none', '--to', 'x.example', '--inject', 'bearer'], /No such secret/),
  missing(['secret', 'delete', 'none', '--yes'], /No such secret/),
  missing(['secret', 'activity', 'none'], /No such secret/),
  missing(['provider', 'show', 'strpe'], /Did you mean stripe\?/),
  missing(['provider', 'delete', 'none'], /No such provider/),
  missing(['profile', 'show', 'none'], /Use `dev`, `locked` or `open`/),
  missing(['profile', 'show', 'opne'], /Did you mean open\?/),
  missing(['profile', 'delete', 'none'], /No such profile/),
  missing(['profile', 'apply', file('of-nothing.yaml')], /No such secret/),
  missing(['token', 'revoke', 'none'], /No such token/),
  missing(['decoy', 'delete', 'none'], /No such decoy/),
  missing(['approval', 'show', 'none'], /No such approval/),
  missing(['approve', 'none'], /No such approval/),
  missing(['deny', 'none'], /No such approval/),
  missing(['decoy', 'create', 'd', '--provider', 'strpe'], /Did you mean stripe\?/),
  invalid(
    'a decoy of no such keys',
    ['decoy', 'create', 'd', '--provider', 'stripe', '--key-prefix', 'zz_'],
    /keyPrefix/,
  ),
  {
    ...missing(['provider', 'delete', 'stripe'], /neither replaced nor deleted/),
    name: 'deleting a built-in',
    code: 4,
  },
  invalid('a description that is not there', ['provider', 'apply', file('none')], /no such file/),
  invalid('a description in a folder', ['provider', 'apply', file('folder')], /it is a folder/),
  invalid('a description that is text', ['provider', 'apply', file('text')], /not a list of fields/),
  invalid('a description that is a list', ['provider', 'apply', file('list.yaml')], /not a list of fields/),
  invalid('a description that is broken', ['provider', 'apply', file('broken.yaml')], /not YAML/),
  invalid('a description without hosts', ['provider', 'apply', file('nohost.yaml')], /hosts/),
  { ...invalid('a built-in description', ['provider', 'apply', file('taken.yaml')], /neither replaced/), code: 4 },
  {
    ...missing(['profile', 'delete', 'dev'], /neither replaced nor deleted/),
    name: 'deleting a built-in profile',
    code: 4,
  },
  {
    ...invalid('a built-in profile', ['profile', 'apply', file('open.yaml')], /neither replaced nor deleted/),
    code: 4,
  },
  invalid('a profile that is not there', ['profile', 'apply', file('none')], /no such file/),
  invalid('a profile that is text', ['profile', 'apply', file('text')], /not a list of fields/),
  invalid('a profile of a value', ['profile', 'apply', '-'], /not a list of fields/),
  invalid('a profile without a name', ['profile', 'apply', file('no-name.yaml')], /name: it is missing/),
  invalid('a profile of a rule list', ['profile', 'apply', file('closed.yaml')], /name: it is missing/),
  invalid(
    'a profile with rules for nothing',
    ['profile', 'apply', file('idle.yaml')],
    /they are for a variable without a secret/,
  ),
  invalid('an unknown role', ['token', 'create', 't', '--role', 'boss'], /auditor, issuer, operator, owner/),
  invalid('no role', ['token', 'create', 't'], /--role/),
  invalid('a token for ten years', ['token', 'create', 't', '--role', 'auditor', '--ttl', '3650d'], /at most/),
  invalid('a file in no folder', ['token', 'create', 't', '--role', 'auditor', '--out', file('a/b')], /no such file/),
  invalid('a time that is none', ['logs', '--since', 'yesterday'], /a number and a unit/),
  invalid('a status that is none', ['logs', '--status', '99'], /from 100 to 599/),
  invalid('an anchor that is not there', ['audit', 'verify', '--anchor', file('none')], /no such file/),
  invalid('an anchor that is text', ['audit', 'verify', '--anchor', file('text')], /not a checkpoint/),
  invalid('an anchor of nothing', ['audit', 'verify', '--anchor', file('null.json')], /not a checkpoint/),
  invalid('a shell that is unknown', ['completion', 'tcsh'], /bash, zsh, fish/),
  invalid('a key of an unknown kind', ['init', '--key', 'cloud'], /file, passphrase/),
  invalid('a backup into a folder', ['backup', tmpdir()], /this is a folder/i),
  invalid('a backup over a file', ['backup', file('text')], /--force/),
  invalid('a backup into no folder', ['backup', file('a/b')], /no such file/),
  { ...invalid('a restore over what is there', ['restore', file('text')], /installation already/), code: 4 },
]

/** Bad input for whatever stores, describes and keeps secrets. */
export const vaultRows: readonly BadInput[] = [...values, ...scopes, ...others]
