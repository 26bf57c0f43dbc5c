import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { problems } from '@coatcheck/contract'
import { importTarget, packageSources, repositoryRoot, type SourceFile, sources } from './fixtures/source-files.ts'

/** Rooms of the broker, lowest floor first. A room imports from the floors below its own. */
const floors: readonly (readonly string[])[] = [
  ['foundation'],
  ['vault', 'policy', 'audit'],
  ['sandbox', 'injection', 'upstream', 'certificates'],
  ['egress', 'connectors', 'admin', 'storage'],
  ['config', 'main.ts', 'broker-process.ts', 'index.ts'],
]
const attic = floors.length - 1

/** Our own packages that a package may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  catalog: ['contract'],
  sdk: ['contract'],
  launchers: ['contract'],
  broker: ['contract', 'catalog', 'launchers'],
  cli: ['contract', 'catalog', 'sdk', 'launchers', 'broker'],
}

/** Folders of plug-ins, and the file that lists them. */
const pluginFolders = [
  { plugins: 'packages/broker/src/injection/injectors/*.ts', list: 'packages/broker/src/injection/registry.ts' },
  { plugins: 'packages/catalog/src/providers/*.ts', list: 'packages/catalog/src/registry.ts' },
]

/** What opens a connection, a socket or a question to a resolver, by module. */
const dialers: Readonly<Record<string, readonly string[]>> = {
  'node:net': ['*', 'connect', 'createConnection', 'Socket'],
  'node:tls': ['*', 'connect'],
  'node:http': ['*', 'request', 'get', 'Agent', 'globalAgent'],
  'node:https': ['*', 'request', 'get', 'Agent', 'globalAgent'],
  'node:http2': ['*', 'connect'],
  'node:dgram': ['*', 'createSocket'],
}

/** Outside `upstream`, who may use a dialer, and the text that shows that it cannot dial there. */
const harmless: Readonly<Record<string, RegExp>> = {
  'packages/broker/src/egress/reference/send-request.ts': /createConnection: \(\) => upstream,/,
}

const brokerSources = packageSources('broker')
const roomOf = (path: string): string => path.split('/')[3] ?? ''
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

for (const file of brokerSources) {
  test(`${file.path} imports only from lower floors`, () => {
    const room = roomOf(file.path)
    assert.notEqual(floorOf(room), -1, `${room} has no place in the house`)
    for (const { specifier } of file.imports.filter(({ specifier }) => specifier.startsWith('.'))) {
      const target = roomOf(importTarget(file, specifier))
      const isSame = target === room
      const isAttic = floorOf(room) === attic && floorOf(target) === attic
      assert.ok(isSame || isAttic || floorOf(target) < floorOf(room), `${room} may not import ${target}`)
    }
  })
}

for (const [name, allowed] of Object.entries(mayImport)) {
  test(`package ${name} imports only ${allowed.join(', ') || 'nothing of ours'}`, () => {
    for (const file of packageSources(name)) {
      for (const { specifier } of file.imports) {
        const [, ours] = /^@coatcheck\/([^/]+)/.exec(specifier) ?? []
        if (ours !== undefined) assert.ok(allowed.includes(ours), `${file.path} may not import ${specifier}`)
        const leaves = specifier.startsWith('.') && !importTarget(file, specifier).startsWith(`packages/${name}/src/`)
        assert.ok(!leaves, `${file.path} reaches out of its package: ${specifier}`)
      }
    }
  })

  test(`package ${name} imports only what its manifest names`, () => {
    const { dependencies = {} } = manifestOf(name)
    for (const file of packageSources(name)) {
      for (const { specifier } of file.imports) {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
        const [, packageName = specifier] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? []
        assert.ok(packageName in dependencies, `${file.path} imports ${packageName}`)
      }
    }
  })
}

test('contract has no dependency, and sdk only contract', () => {
  assert.deepEqual(Object.keys(manifestOf('contract').dependencies ?? {}), [])
  assert.deepEqual(Object.keys(manifestOf('sdk').dependencies ?? {}), ['@coatcheck/contract'])
})

test('no package has an install script', () => {
  for (const name of Object.keys(mayImport)) {
    const names = Object.keys(manifestOf(name).scripts ?? {})
    assert.deepEqual(
      names.filter((script) => /^(pre|post)?install$|^prepare$/.test(script)),
      [],
      name,
    )
  }
})

for (const { plugins, list } of pluginFolders) {
  test(`every plug-in of ${plugins} is listed in ${list}`, () => {
    const files = sources(plugins).filter(({ path }) => !path.endsWith('.test.ts'))
    assert.ok(files.length > 0, 'no plug-in found')
    const [listFile] = sources(list)
    assert.ok(listFile, `${list} is missing`)
    const listed = listFile.imports.map(({ specifier }) => importTarget(listFile, specifier))
    for (const { path } of files) assert.ok(listed.includes(path), `${path} is not listed`)
  })
}

test('every launcher is handed out by the index of its package', () => {
  const exported = packageSources('launchers').find(({ path }) => path.endsWith('/src/index.ts'))
  const folders = globSync('packages/launchers/src/*/', { cwd: repositoryRoot })
  for (const file of packageSources('launchers').filter(({ text }) =>
    /implements Launcher\b|: Launcher = /.test(text),
  )) {
    const isListed = exported?.imports.some(({ specifier }) => importTarget(exported, specifier) === file.path)
    assert.ok(isListed, `${file.path} is not exported`)
  }
  assert.ok(folders.length > 0)
})

test('nothing dials except upstream', () => {
  for (const file of brokerSources.filter(({ path }) => roomOf(path) !== 'upstream')) {
    const uses = dialersOf(file)
    if (uses.length === 0) continue
    const proof = harmless[file.path]
    assert.ok(proof?.test(file.text), `${file.path} may dial: ${uses.join(', ')}`)
  }
})

test('only the vault and storage touch ciphers, and only the vault decrypts', () => {
  const allowed = ['vault', 'storage', 'certificates', 'foundation', 'audit', 'sandbox', 'config']
  for (const file of brokerSources) {
    const ciphers = /\bcreate(Cipher|Decipher)iv\b/.exec(file.text)
    if (ciphers !== null) assert.equal(roomOf(file.path), 'vault', `${file.path} uses ${ciphers[0]}`)
    const usesCrypto = file.imports.some(({ specifier, values }) => specifier === 'node:crypto' && values.length > 0)
    if (usesCrypto) assert.ok(allowed.includes(roomOf(file.path)), `${file.path} uses node:crypto`)
  }
})

test('the policy does no input or output, and reads no clock', () => {
  for (const file of brokerSources.filter(({ path }) => roomOf(path) === 'policy')) {
    for (const { specifier, values } of file.imports) {
      assert.ok(!specifier.startsWith('node:') || values.length === 0, `${file.path} imports ${specifier}`)
    }
    assert.doesNotMatch(file.text, /\bDate\.now\(|new Date\(\)|Math\.random|\bawait\b|performance\.now/, file.path)
  }
})

test('only the command line writes to the console', () => {
  for (const name of ['contract', 'catalog', 'sdk', 'launchers', 'broker']) {
    for (const file of packageSources(name)) assert.doesNotMatch(file.text, /\bconsole\./, file.path)
  }
})

test('every problem code has its row in docs/reference/problems.md', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/reference/problems.md'), 'utf8')
  for (const [code, { status, title, remedy }] of Object.entries(problems)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${code}\` |`))
    assert.ok(row, `${code} has no row: run \`node tools/write-reference.ts\``)
    for (const text of [String(status), title, remedy]) {
      assert.ok(row.includes(text), `${code} is out of step: run \`node tools/write-reference.ts\``)
    }
  }
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  assert.equal(rows.length, Object.keys(problems).length, 'the page has rows for codes that are gone')
})

const everything = [...sources('packages/*/src/**/*.ts'), ...sources('packages/*/test/**/*.ts')]
const repositoryTools = [...sources('test/**/*.ts'), ...sources('tools/**/*.ts')]

for (const file of [...everything, ...repositoryTools]) {
  test(`${file.path} keeps the house rules`, () => {
    assert.ok(file.text.split('\n').length < 400, 'longer than 400 lines')
    const name = file.path.split('/').at(-1) ?? ''
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/, 'file names are kebab-case')
    assert.doesNotMatch(name, /\b(utils?|helpers?|misc|common|core|managers?)\b/, 'a name that says nothing')
    const isBarrel = name === 'index.ts' && !/^packages\/[^/]+\/src\/index\.ts$/.test(file.path)
    assert.ok(!isBarrel, 'an index inside a package')
    assert.doesNotMatch(
      file.text,
      new RegExp(`\\b(${['TO', 'FIX'].map((start) => `${start}${start === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`),
    )
    assert.doesNotMatch(file.text, /^export default\b/m, 'a default export')
  })
}

for (const file of everything.filter(({ path }) => !path.endsWith('.test.ts') && !path.includes('/test/'))) {
  test(`${file.path} documents what it exports`, () => {
    const lines = file.text.split('\n')
    for (const [index, line] of lines.entries()) {
      if (!/^export (async )?(abstract )?(function|class|interface|type|const) /.test(line)) continue
      const isOverload = /^export (async )?function/.test(lines[index - 1] ?? '')
      assert.ok(isOverload || /\*\/\s*$/.test(lines[index - 1] ?? ''), `no comment above: ${line}`)
    }
  })
}

function dialersOf({ imports, text }: SourceFile): readonly string[] {
  const named = imports.flatMap(({ specifier, values }) => {
    if (specifier.startsWith('node:dns')) return values
    return values.filter((value) => dialers[specifier]?.includes(value))
  })
  const globals = text.match(/(?<![.\w])(fetch\(|new WebSocket\(|new EventSource\()/g) ?? []
  return [...named, ...globals]
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

function manifestOf(name: string): Manifest {
  const path = join(repositoryRoot, 'packages', name, 'package.json')
  assert.ok(existsSync(path), `${path} is missing`)
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}
