import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { holdsUserinfo } from './credential-shapes.ts'
import { sanitiseJson } from './sanitise-json.ts'
import { sanitiseYaml } from './sanitise-yaml.ts'

const secret = 'q8Zr4tW1nB6yK3xD'

suite('SEC-04: JSON settings without credentials', () => {
  for (const [what, document] of [
    ['a variable of an MCP server', { mcpServers: { search: { command: 'npx', env: { SEARCH_API_KEY: secret } } } }],
    ['a variable of any name', { mcpServers: { search: { env: { SEARCH: secret } } } }],
    ['a header', { servers: { a: { headers: { Authorization: `Bearer ${secret}` } } } }],
    ['a header of any name', { servers: { a: { headers: { 'X-Team': secret } } } }],
    ['an argument after its name', { mcpServers: { a: { args: ['--api-key', secret] } } }],
    ['an argument with its name', { mcpServers: { a: { args: [`--token=${secret}`] } } }],
    ['a variable as an argument', { mcpServers: { a: { args: ['-e', `DB_PASSWORD=${secret}`] } } }],
    ['a header as an argument', { mcpServers: { a: { args: ['--header', `Authorization: ${secret}`] } } }],
    ['an address with a password', { url: `https://me:${secret}@db.example/x` }],
    ['an address with a key', { url: `https://mcp.example/sse?key=${secret}` }],
    ['a connection string', { ConnectionStrings: { Main: `Server=db;User Id=me;Password=${secret}` } }],
    ['a password among passwords', { passwords: { alice: secret } }],
    ['a well-known key under any name', { note: `ghp_${secret}${secret}` }],
    ['a list of keys', { apiKeys: [secret, secret] }],
    ['a camel-case name', { clientSecret: secret }],
    ['a number', { pinToken: 8123941231 }],
  ] as const) {
    test(`lose ${what}`, () => {
      const inside = sanitiseJson(JSON.stringify(document, null, 2)) ?? ''
      assert.ok(!inside.includes(secret) && !inside.includes('8123941231'), inside)
      assert.doesNotThrow(() => JSON.parse(inside))
    })
  }

  test('keep everything else as it is written', () => {
    const document =
      '{\n  // how we edit\n  "editor.tabSize": 2,\n  "editor.tokenColors": true,\n  "mcpServers": {"a": {"command": "npx", "args": ["-y", "@scope/server@1.2.3"], "env": {"LOG": "debug", "API_KEY": "\x24{API_KEY}", "HOME": "/home/me/x1"}}},\n}\n'
    assert.equal(sanitiseJson(document), document)
  })

  test('lose comments when one may be a setting', () => {
    const inside = sanitiseJson(`{\n  // "apiKey": "${secret}"\n  /* old: --token=${secret} */\n  "a": 1,\n}`) ?? ''
    assert.ok(!inside.includes(secret), inside)
    assert.match(inside, /"a": 1/)
  })

  for (const document of [
    '{',
    '{"a": 1} x',
    '{"a" 1}',
    "{'a': 1}",
    '{"a": 01x"}',
    `${'['.repeat(100)}1${']'.repeat(100)}`,
  ]) {
    test(`are hidden whole when they cannot be read: ${document.slice(0, 12)}`, () => {
      assert.equal(sanitiseJson(document), undefined)
    })
  }
})

suite('SEC-04: YAML settings without credentials', () => {
  for (const [what, document] of [
    ['a password', `production:\n  host: db.example\n  password: ${secret}\n`],
    ['a quoted password', `production:\n  password: "${secret}"\n`],
    ['a tagged password', `production:\n  password: !!str ${secret}\n`],
    ['a folded password', `production:\n  password: >-\n    ${secret}\n  host: db\n`],
    ['a password on its own line', `production:\n  password:\n    ${secret}\n`],
    ['a variable of a service', `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${secret}\n`],
    ['a variable as an item', `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${secret}\n`],
    ['a variable of any name', `services:\n  db:\n    environment:\n      - X=${secret}\n`],
    ['an address', `url: postgres://app:${secret}@db.example/app\n`],
    ['a collection on one line', `db: {host: db, password: ${secret}}\n`],
    ['a comment', `a: 1\n# password: ${secret}\n`],
    ['a comment at the end', `a: 1 # password: ${secret}\n`],
    ['a list under a telling name', `tokens:\n  - ${secret}\n  - ${secret}\n`],
    ['a manifest', `apiVersion: v1\nkind: Secret\ndata:\n  config: ${secret}\nstringData:\n  x: |\n    ${secret}\n`],
    ['line ends of another system', `production:\r\n  password: ${secret}\r\n`],
  ] as const) {
    test(`lose ${what}`, () => {
      const inside = sanitiseYaml(document) ?? ''
      assert.ok(!inside.includes(secret), inside)
    })
  }

  test('keep everything else', () => {
    const document =
      'services:\n  db:\n    image: postgres:17\n    ports:\n      - "5432:5432"\n    environment:\n      POSTGRES_USER: app\n      POSTGRES_PASSWORD: \x24{DB_PASSWORD}\n    volumes:\n      - ./data:/var/lib/data\n'
    assert.equal(sanitiseYaml(document), document)
  })

  test('are hidden whole when a quoted value does not end on its line', () => {
    assert.equal(sanitiseYaml(`password: "${secret}\n${secret}"\n`), undefined)
  })
})

suite('R-82: what an agent left in a workspace does not keep the next command from starting', () => {
  const long = (part: string): string => part.repeat(8_000 / part.length)
  const list = (value: string): string => `[${Array<string>(110).fill(JSON.stringify(value)).join(',')}]`
  const members = Array.from({ length: 20_000 }, (_, index) => `"k${index}":"${'ab1-'.repeat(8)}"`)
  const git = `${'a'.repeat(900_000)}\n`
  // Each took half a minute, or hours.
  for (const [what, read] of [
    ['runs of letters', () => sanitiseJson(list(long('a_')))],
    ['words with dashes', () => sanitiseJson(list(`${long('a-')} x`))],
    ['beginnings of addresses', () => sanitiseJson(list(long('http:/')))],
    ['many credentials', () => sanitiseJson(`{"env":{${members.join(',')}}}`)],
    ['a long word where git writes addresses', () => holdsUserinfo(git)],
  ] as const) {
    test(what, { timeout: 10_000 }, () => assert.notEqual(read(), undefined))
  }

  test('and a credential in such a place is found all the same', () => {
    assert.ok(!sanitiseJson(list(`${long('a-')}${secret.repeat(3)}`))?.includes(secret))
    assert.ok(!sanitiseJson(list(`${long('a+')}http://user:${secret}@host/x`))?.includes(secret))
    assert.ok(holdsUserinfo(`${git.trim()}http://user:${secret}@host/x`))
  })
})
