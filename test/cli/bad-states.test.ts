import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { runHere } from './in-this-process.suite.ts'

const canary = makeCanary('sk_live_')

let home: TemporaryHome
let coatcheck: CoatcheckCommand
let database = ''
let key = ''
/** A home with two secrets, of which each test gets a copy. */
const template = makeTemporaryHome()
before(async () => {
  for (const name of ['stripe', 'other']) {
    const create = ['secret', 'create', name, '--provider', 'stripe']
    const made = await runHere(makeCoatcheckCommand(template.path), template.path, create, { stdin: canary.value })
    assert.equal(made.code, 0, made.stderr)
  }
})
after(() => template[Symbol.dispose]())
beforeEach(() => {
  home = makeTemporaryHome()
  cpSync(template.path, home.path, { recursive: true, preserveTimestamps: true })
  coatcheck = makeCoatcheckCommand(home.path)
  database = join(home.path, 'data/coatcheck.db')
  key = join(home.path, 'keys/key')
})
afterEach(() => home[Symbol.dispose]())

const run = (args: readonly string[]) => runHere(coatcheck, home.path, args, { stdin: canary.value })

/** Every file, with its mode and a hash of its content; the clock's mark moves by itself. */
function snapshot(): Readonly<Record<string, string>> {
  const entries = readdirSync(home.path, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => !/^high-water-clock$|-(wal|shm)$/.test(entry.name) && !entry.isSocket())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        if (!entry.isFile()) return [path, entry.isDirectory() ? 'folder' : 'other']
        const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
        return [path, `${(statSync(path).mode & 0o777).toString(8)} ${hash}`]
      }),
  )
}

/** Overwrites bytes in the middle of a file. */
function scribble(path: string, at: number, length: number): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, at)
  closeSync(descriptor)
}

function sql(statement: string): void {
  const connection = new DatabaseSync(database)
  connection.exec(statement)
  connection.close()
}

interface BadState {
  readonly name: string
  readonly make: () => void
  readonly code: number
  readonly sentence: RegExp
}

const states: readonly BadState[] = [
  {
    name: 'garbage for a database',
    make: () => writeFileSync(database, 'x'.repeat(9_000)),
    code: 1,
    sentence: /database is damaged/,
  },
  {
    name: 'a database that was cut',
    make: () => truncateSync(database, 6_000),
    code: 1,
    sentence: /database is damaged|older than the last one/,
  },
  {
    name: 'a database whose first page was overwritten',
    make: () => scribble(database, 100, 3_000),
    code: 1,
    sentence: /database is damaged/,
  },
  {
    name: 'a newer database',
    make: () => sql('PRAGMA user_version = 99'),
    code: 1,
    sentence: /written by a newer version/,
  },
  {
    name: 'a foreign database',
    make: () => sql('CREATE TRIGGER t AFTER INSERT ON secrets BEGIN DELETE FROM grants; END'),
    code: 1,
    sentence: /changed from outside/,
  },
  {
    name: 'a folder for a database',
    make: () => {
      rmSync(database)
      mkdirSync(database)
    },
    code: 1,
    sentence: /it is not a file/,
  },
  {
    name: 'a key that is a symbolic link',
    make: () => {
      renameSync(key, `${key}-moved`)
      symlinkSync(`${key}-moved`, key)
    },
    code: 1,
    sentence: /key.*symbolic link/,
  },
  {
    name: 'a key that the group can read',
    make: () => chmodSync(key, 0o640),
    code: 1,
    sentence: /open to group or others/,
  },
  { name: 'garbage for a key', make: () => writeFileSync(key, 'x'.repeat(100)), code: 1, sentence: /key.*malformed/ },
  { name: 'a key that was cut', make: () => truncateSync(key, 40), code: 1, sentence: /key.*malformed/ },
  { name: 'an empty key', make: () => truncateSync(key, 0), code: 1, sentence: /key.*malformed/ },
  {
    name: 'another key',
    make: () => writeFileSync(key, `coatcheck-key-1:${'ab'.repeat(32)}\n`),
    code: 1,
    sentence: /written under another key/,
  },
]

for (const { name, make, code, sentence } of states) {
  test(`${name}: one sentence, exit code ${code}, nothing changed`, async () => {
    make()
    const before = snapshot()
    for (const args of [
      ['secret', 'list'],
      ['secret', 'rotate', 'stripe'],
      ['secret', 'delete', 'stripe'],
    ]) {
      const result = await run(args)
      assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
      assert.match(result.stderr, sentence)
      assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
    }
    const after = snapshot()
    // Refusals of tampering are recorded: the journal is what may grow.
    const kept = (files: Readonly<Record<string, string>>) =>
      Object.entries(files).filter(([path]) => !path.includes('/audit/') && !path.includes('coatcheck.db/'))
    assert.deepEqual(kept(after), kept(before))
  })
}

test('doctor says in one sentence what keeps it from looking, and changes nothing', async () => {
  writeFileSync(database, 'x'.repeat(9_000))
  const before = snapshot()
  const result = await run(['doctor'])
  assert.deepEqual([result.code, result.stdout], [1, ''])
  assert.match(result.stderr, /^coatcheck: The database is damaged[^\n]+coatcheck restore[^\n]+\n$/)
  assert.deepEqual(snapshot(), before)
})

test('a database that was emptied is not quietly begun anew', async () => {
  truncateSync(database, 0)
  const result = await run(['secret', 'list'])
  assert.equal(result.code, 6)
  assert.match(result.stderr, /older than the last one/)
})

test('a key that is missing is not quietly made anew', async () => {
  rmSync(key)
  const before = snapshot()
  const result = await run(['secret', 'list'])
  assert.equal(result.code, 1, result.stderr)
  assert.match(result.stderr, /key.*does not exist/)
  assert.deepEqual(snapshot(), before)
})

test('a database that another program holds locked is waited for, and then refused', { timeout: 60_000 }, async () => {
  const connection = new DatabaseSync(database)
  connection.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  try {
    const result = await run(['secret', 'list'])
    assert.equal(result.code, 1, result.stderr)
    assert.match(result.stderr, /database cannot be used.*database is locked/)
  } finally {
    connection.close()
  }
  assert.equal((await run(['secret', 'list'])).code, 0)
})

/** Runs a command while the folder of the data is a file system of its own, prepared by a shell script. */
function runOnOwnDisk(script: string, args: readonly string[]): Promise<FinishedProcess> {
  const data = join(home.path, 'data')
  const mount = 'cp -a "$1" "$1-copy" && mount -t tmpfs -o size=2m,mode=700 tmpfs "$1" && cp -a "$1-copy/." "$1"'
  const command = `${mount} && { ${script}; } && shift && exec "$@"`
  const argv = ['unshare', '--mount', 'sh', '-c', command, 'sh', data, ...coatcheck.argv, ...args]
  return runToEnd(argv, { env: coatcheck.env, cwd: home.path, stdin: canary.value })
}

const skip = process.geteuid?.() === 0 ? skipWithout('unshare') : 'needs root'

for (const [name, script, args, sentence] of [
  ['read-only folder', 'mount -o remount,ro "$1"', ['secret', 'list'], /cannot be used.*(EROFS|readonly|read-only)/i],
  [
    'full disk',
    'dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true',
    ['secret', 'rotate', 'stripe'],
    /full|ENOSPC/i,
  ],
] as const) {
  test(`a ${name} is one sentence, and changes no secret`, { skip }, async () => {
    const result = await runOnOwnDisk(script, args)
    assert.equal(result.code, 1, result.stderr)
    assert.match(result.stderr, sentence)
    assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
    assert.match((await run(['secret', 'show', 'stripe'])).stdout, /version +1/)
  })
}

test('a file in the place of a folder is refused', async () => {
  const data = join(home.path, 'data')
  renameSync(data, `${data}-moved`)
  writeFileSync(data, '')
  const result = await run(['secret', 'list'])
  assert.equal(result.code, 1)
  assert.match(result.stderr, /folder of Coatcheck cannot be used/)
  assert.ok(existsSync(`${data}-moved`))
})

test('a command that only reads creates no journal', async () => {
  const journals = () => readdirSync(join(home.path, 'data/audit')).filter((name) => name.startsWith('jrn_'))
  const before = journals()
  for (const args of [
    ['status'],
    ['secret', 'list'],
    ['secret', 'show', 'stripe'],
    ['logs'],
    ['audit', 'verify'],
    ['init'],
  ]) {
    assert.equal((await run(args)).code, 0, args.join(' '))
  }
  assert.deepEqual(journals(), before)
})
