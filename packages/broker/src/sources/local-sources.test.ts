import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { envSource } from './kinds/env-source.ts'
import { execSource } from './kinds/exec-source.ts'
import { fileSource } from './kinds/file-source.ts'
import { keychainCommand } from './kinds/keychain-source.ts'
import { envScene, execScene, fileScene, makeSourceFolder, partsWithoutNetwork } from './local-source-scenes.suite.ts'
import { testSource, textOf } from './source.suite.ts'

const never = new AbortController().signal
const parts = partsWithoutNetwork

testSource('env', envScene)
testSource('file', fileScene)
testSource('exec', execScene)

function readFile(path: string): Promise<unknown> {
  return fileSource.open({ path }, parts).read(never)
}

test('a file is followed through links inside its folder, as Kubernetes makes them, and no further', async () => {
  using folder = makeSourceFolder()
  const at = (name: string): string => join(folder.path, name)
  mkdirSync(at('mount/..2026'), { recursive: true })
  writeFileSync(at('mount/..2026/token'), 'inside', { mode: 0o600 })
  writeFileSync(at('outside'), 'outside', { mode: 0o600 })
  symlinkSync('..2026', at('mount/..data'))
  symlinkSync('..data/token', at('mount/token'))
  symlinkSync('../outside', at('mount/escape'))
  symlinkSync('mount', at('linked'))
  assert.equal(textOf(await fileSource.open({ path: at('mount/token') }, parts).read(never)), 'inside')
  await assert.rejects(readFile(at('mount/escape')), { message: /leads out of the folder/ })
  await assert.rejects(readFile(at('linked/token')), { message: /leads out of the folder/ })
})

test('a file that others may write or everybody may read, and what is no file, is refused', async () => {
  using folder = makeSourceFolder()
  const path = join(folder.path, 'value')
  writeFileSync(path, 'value', { mode: 0o600 })
  for (const [mode, reason] of [
    [0o660, /others may write/],
    [0o602, /others may write/],
    [0o644, /everybody may read/],
  ] as const) {
    chmodSync(path, mode)
    await assert.rejects(readFile(path), { code: 'source_unavailable', message: reason })
  }
  await assert.rejects(readFile(folder.path), { message: /not a regular file/ })
  await assert.rejects(readFile('/dev/zero'), { message: /not a regular file|leads out/ })
})

test('a path with detours and a program without a path are no configuration', () => {
  for (const path of ['value', './value', '/etc/../etc/shadow', '/etc//x', ''])
    assert.equal(fileSource.options.safeParse({ path }).success, false, path)
  for (const command of [[], ['pass'], ['./pass'], ['', '/x'], 'pass show x'])
    assert.equal(execSource.options.safeParse({ command }).success, false, String(command))
  for (const variable of ['', 'A B', '1A', 'A=B'])
    assert.equal(envSource.options.safeParse({ variable }).success, false)
})

test('SEC-05: a program gets no variable of the broker, no shell and no input', async () => {
  process.env['COATCHECK_SOURCES_TEST'] = 'leaked'
  try {
    const command = ['/usr/bin/env']
    const text = textOf(await execSource.open({ command, environment: { STORE: '/x' } }, parts).read(never))
    assert.deepEqual(text.split('\n').sort(), [
      'HOME=/nonexistent',
      'LANG=C.UTF-8',
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'STORE=/x',
    ])
    const echo = execSource.open({ command: ['/bin/echo', '$HOME; id'] }, parts)
    assert.equal(textOf(await echo.read(never)), '$HOME; id')
    assert.equal(
      textOf(await execSource.open({ command: ['/bin/sh', '-c', 'cat; echo end'] }, parts).read(never)),
      'end',
    )
  } finally {
    delete process.env['COATCHECK_SOURCES_TEST']
  }
})

test('SEC-06: a program that others may write, or that is not there, is not run', async () => {
  using folder = makeSourceFolder()
  const path = join(folder.path, 'program')
  const source = execSource.open({ command: [path] }, parts)
  await assert.rejects(source.read(never), { message: /does not exist/ })
  writeFileSync(path, `#!/bin/sh\ntouch ${folder.path}/ran; echo value\n`)
  for (const mode of [0o720, 0o702, 0o777]) {
    chmodSync(path, mode)
    await assert.rejects(source.read(never), { message: /others may write the program/ })
  }
  assert.ok(!existsSync(join(folder.path, 'ran')))
  chmodSync(path, 0o700)
  assert.equal(textOf(await source.read(never)), 'value')
})

test('a program says its value as JSON, with its end', async () => {
  const says = (text: string) => execSource.open({ command: ['/bin/echo', text], output: 'json' }, parts).read(never)
  const { value, expiresAt } = await says('{"value":"minted","expiresAt":"2026-01-02T03:04:05Z","more":1}')
  assert.equal(textOf({ value }), 'minted')
  assert.equal(expiresAt?.toISOString(), '2026-01-02T03:04:05.000Z')
  for (const text of ['minted', '{}', '[]', '{"value":1}', '{"value":"x","expiresAt":"soon"}', '{"value":""}'])
    await assert.rejects(says(text), { code: 'source_unavailable' }, text)
})

test('a program that takes too long is killed with its children', async () => {
  using folder = makeSourceFolder()
  const pids = join(folder.path, 'pids')
  const script = `sleep 300 & echo $! > ${pids}; echo $$ >> ${pids}; wait`
  const cancel = new AbortController()
  const reading = execSource.open({ command: ['/bin/sh', '-c', script] }, parts).read(cancel.signal)
  const refused = assert.rejects(reading, { message: /took too long/ })
  let numbers: readonly number[] = []
  for (let tries = 0; numbers.length < 2; tries += 1) {
    assert.ok(tries < 200, 'the program did not start')
    await delay(25)
    numbers = numbersIn(pids)
  }
  cancel.abort()
  await refused
  for (let tries = 0; numbers.some(isRunning); tries += 1) {
    assert.ok(tries < 200, 'a process is left')
    await delay(25)
  }
})

test('a child of a program that ended keeps nobody waiting, and is killed', async () => {
  const script = 'sleep 300 & echo value'
  assert.equal(textOf(await execSource.open({ command: ['/bin/sh', '-c', script] }, parts).read(never)), 'value')
})

test('a program that does not stop writing is stopped', async () => {
  const source = execSource.open({ command: ['/usr/bin/yes'] }, parts)
  await assert.rejects(source.read(never), { message: /wrote more than/ })
})

test('a keychain is asked by a program at its absolute path, and an entry is no option of it', () => {
  const entry = { service: 'stripe', account: 'me' }
  const linux = keychainCommand('linux', entry, 1000)
  assert.deepEqual(linux.command, ['/usr/bin/secret-tool', 'lookup', 'service', 'stripe', 'account', 'me'])
  assert.equal(linux.variables['DBUS_SESSION_BUS_ADDRESS'], 'unix:path=/run/user/1000/bus')
  assert.equal(keychainCommand('darwin', entry, 501).command[0], '/usr/bin/security')
  assert.throws(() => keychainCommand('win32', entry, 0), { code: 'source_unavailable' })
})

function numbersIn(path: string): readonly number[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
