import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'
import { valueOfVersion } from './crash-writer.suite.ts'
import {
  createInstallation,
  type Installation,
  type InstallationFolder,
  openInstallation,
} from './installation.suite.ts'
import { openStorage } from './open-storage.ts'

const rounds = 13
const program = join(import.meta.dirname, 'crash-writer.suite.ts')

interface Writer {
  readonly child: ChildProcess
  readonly started: Promise<void>
  readonly lines: Promise<readonly string[]>
}

function startWriter(root: string, prefix: string): Writer {
  const child = spawn(process.execPath, ['--conditions=source', program, root, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const started = Promise.withResolvers<void>()
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    started.resolve()
  })
  const lines = once(child, 'close').then(() => {
    started.resolve()
    return output.split('\n').filter((line) => line !== '')
  })
  return { child, started: started.promise, lines }
}

/** What must be there: the version of each secret that was acknowledged last, and the one that was begun, if any. */
class Ledger {
  readonly #entries = new Map<string, { done: number | undefined; begun: number | undefined }>()

  take(lines: readonly string[]): number {
    let acknowledged = 0
    for (const line of lines) {
      const [word, name = '', version] = line.split(' ')
      const entry = this.#entries.get(name) ?? { done: undefined, begun: undefined }
      if (word === 'begin') entry.begun = Number(version)
      else {
        entry.done = Number(version)
        entry.begun = undefined
        acknowledged++
      }
      this.#entries.set(name, entry)
    }
    return acknowledged
  }

  check({ vault }: Installation): void {
    for (const [name, entry] of this.#entries) {
      const found = versionOf(vault, name)
      const allowed = [entry.done ?? 0, ...(entry.begun === undefined ? [] : [entry.begun])]
      assert.ok(allowed.includes(found), `${name}: version ${found}, but ${allowed.join(' or ')} was acknowledged`)
      // From here on this is the acknowledged state.
      this.#entries.set(name, { done: found, begun: undefined })
    }
  }
}

/** The version in use, whose value was checked; 0 when there is none. */
function versionOf(vault: Installation['vault'], name: string): number {
  try {
    const { version, value } = vault.reveal(vault.get('default', name).id)
    assert.equal(
      value.use((bytes) => Buffer.from(bytes).toString()),
      valueOfVersion(name, version),
    )
    return version
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'secret_not_found') return 0
    throw error
  }
}

test('kill -9 at any moment loses no acknowledged secret, bricks nothing, and lets no older database pass', async (context) => {
  const folder = createInstallation(context)
  const before = join(folder.root, 'before')
  const ledger = new Ledger()
  let killed = 0
  for (let round = 0; round < rounds; round++) {
    const opened = openInstallation(folder.root)
    ledger.check(opened)
    opened.storage.close()
    cpSync(dirname(folder.databasePath), before, { recursive: true })
    const writers = [startWriter(folder.root, `a${round}`), startWriter(folder.root, `b${round}`)]
    await Promise.all(writers.map(({ started }) => started))
    let acknowledged = 0
    for (const { child, lines } of writers) {
      await sleep(Math.random() * 120)
      if (child.kill('SIGKILL')) killed++
      acknowledged += ledger.take(await lines)
    }
    if (acknowledged > 0) refuseOlder(folder, join(before, 'coatcheck.db'), opened)
    rmSync(before, { recursive: true })
  }
  const last = folder.open()
  ledger.check(last)
  assert.ok(killed >= 25, `only ${killed} were killed while they wrote`)
})

/** The mark is that of the moment of the kill: nobody has opened the database since. */
function refuseOlder(folder: InstallationFolder, databasePath: string, { keyRing }: Installation): void {
  const older = openStorage({ ...folder, databasePath, keyRing })
  assert.throws(() => older.revision.current(), { code: 'state_rolled_back' })
  older.close()
}
