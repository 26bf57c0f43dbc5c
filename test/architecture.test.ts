import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { problems } from '@coatcheck/contract'
import { importTarget, packageSources, repositoryRoot, type SourceFile, sources } from './fixtures/source-files.ts'

/** Rooms of the broker, lowest floor first. A room imports from the floors below its own. */
const floors: readonly (readonly string[])[] = [
  ['foundation', 'version.ts'],
  ['vault', 'policy', 'audit', 'providers', 'access', 'http'],
  [
    'approvals',
    'sandbox',
    'injection',
    'scrubbing',
    'upstream',
    'certificates',
    'caps',
    'connect',
    'metrics',
    'sources',
    'rotation',
  ],
  ['egress', 'agent-door', 'connectors', 'admin', 'storage'],
  [
    'config',
    'backup',
    'derivation',
    'workers',
    'offline.ts',
    'main.ts',
    'broker-process.ts',
    'broker.ts',
    'run-broker.ts',
    'index.ts',
  ],
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
  { plugins: 'packages/broker/src/connect/recipes/*.ts', list: 'packages/broker/src/connect/registry.ts' },
  { plugins: 'packages/broker/src/policy/actions/kinds/*.ts', list: 'packages/broker/src/policy/actions/registry.ts' },
  { plugins: 'packages/broker/src/sources/kinds/*.ts', list: 'packages/broker/src/sources/registry.ts' },
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
  'packages/broker/src/admin/listen.ts': /connect\(socketPath\)/,
  'packages/broker/src/egress/http2/service-session.ts': /createConnection: \(\) => duplex }/,
  'packages/broker/src/approvals/post-notification.ts': /createConnection: \(\) => connection,/,
  'packages/broker/src/sources/ask-service.ts': /createConnection: \(\) => connection,/,
  'packages/broker/src/egress/reference/send-request.ts': /createConnection: \(\) => upstream,/,
}

const brokerSources = packageSources('broker')
const roomOf = (path: string): string => path.split('/')[3] ?? ''
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

test('a room of the broker imports only from lower floors', () => {
  const faults = brokerSources.flatMap((file) => {
    const room = roomOf(file.path)
    if (floorOf(room) === -1) return [`${file.path}: ${room} has no place in the house`]
    return file.imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => roomOf(importTarget(file, specifier)))
      .filter((target) => target !== room && floorOf(target) >= floorOf(room))
      .filter((target) => floorOf(room) !== attic || floorOf(target) !== attic)
      .map((target) => `${file.path}: ${room} may not import ${target}`)
  })
  assert.deepEqual(faults, [])
})

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
    // Suites are parts of tests, and not published.
    for (const file of packageSources(name).filter(({ path }) => !path.endsWith('.suite.ts'))) {
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

test('nothing that is installed runs a script of its own', () => {
  assert.match(readFileSync(join(repositoryRoot, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m)
  const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { readonly hasInstallScript?: boolean; readonly dev?: boolean }>
  }
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true)
  // Of the gRPC client that tests use; what is shipped has none at all.
  assert.deepEqual(
    withScript.map(([path, { dev }]) => [path, dev]),
    [['node_modules/protobufjs', true]],
  )
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

test('no room but the vault encrypts or decrypts what is kept', () => {
  // What it enciphers is on its way to somebody else.
  const isOfWire = ({ path }: SourceFile): boolean => path.endsWith('/connectors/ssh/transport/packet-cipher.ts')
  const users = brokerSources.filter((file) => /\bcreate(Cipher|Decipher)iv\b/.test(file.text) && !isOfWire(file))
  assert.deepEqual(
    users.filter(({ path }) => roomOf(path) !== 'vault').map(({ path }) => path),
    [],
  )
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
    for (const file of packageSources(name)) assert.doesNotMatch(file.text, /\bconsole\.\w+\(/, file.path)
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

const packageFiles = [...sources('packages/*/src/**/*.ts'), ...sources('packages/*/test/**/*.ts')]
const allFiles = [...packageFiles, ...sources('test/**/*.ts'), ...sources('tools/**/*.ts')]
const fileName = ({ path }: SourceFile): string => path.split('/').at(-1) ?? ''

/** House rules that one look at a file can check: what is forbidden, and whether a file does it. */
const houseRules: readonly (readonly [string, (file: SourceFile) => boolean])[] = [
  ['no file is longer than 400 lines', ({ text }) => text.split('\n').length > 400],
  [
    'file names are kebab-case',
    (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(fault\.test|test|suite|child))?\.ts$/.test(fileName(file)),
  ],
  ['no file name says nothing', (file) => /\b(utils?|helpers?|misc|common|core|managers?)\b/.test(fileName(file))],
  ['no index lies inside a package', ({ path }) => /\/index\.ts$/.test(path) && path.split('/').length > 4],
  ['no task is left in a comment', ({ text }) => /\/\/.*\b[T]ODO\b|\b[F]IXME\b/.test(text)],
  ['no default export', ({ text }) => /^export default\b/m.test(text)],
  ['no test is left alone or out', ({ text }) => /\b(test|it|describe)\.(only|skip)\(/.test(text)],
]

for (const [rule, breaks] of houseRules) {
  test(`house rule: ${rule}`, () => {
    assert.deepEqual(
      allFiles.filter(breaks).map(({ path }) => path),
      [],
    )
  })
}

test('house rule: every exported name of a package has a comment', () => {
  const files = packageFiles.filter(({ path }) => !/\.test\.ts$|\/test\/|\/index\.ts$/.test(path))
  const faults = files.flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines
      .map((line, index) => ({ line, before: lines[index - 1] ?? '' }))
      .filter(({ line }) => /^export (async )?(abstract )?(function|class|interface|type|const) /.test(line))
      .filter(({ before }) => !/\*\/\s*$/.test(before) && !/^export (async )?function/.test(before))
      .map(({ line }) => `${path}: ${line}`)
  })
  assert.deepEqual(faults, [])
})

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
