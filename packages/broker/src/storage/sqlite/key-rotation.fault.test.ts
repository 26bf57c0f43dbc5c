import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findGrantOf } from '../../sandbox/find-grant.ts'
import { placeholderContext } from '../../sandbox/grant.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { sampleGrant, sampleSandbox } from '../memory/sandbox-store.suite.ts'
import { createInstallation, type Installation, openInstallation } from './installation.suite.ts'

const rounds = 25
const count = 200
const program = join(import.meta.dirname, 'rotation-runner.suite.ts')
const names = Array.from({ length: count }, (_, index) => `secret-${index}`)
const textOf = (name: string) => `canary-${name}-0123456789abcdef`
const placeholderOf = (name: string) => `placeholder-${name}-0123456789`

function populate({ vault, storage, keyRing }: Installation): void {
  const sandbox = sampleSandbox()
  const grants = names.map((name) => {
    const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
    const input = { project: 'default', name, provider: null, shape: null, scopes, rotationDays: null, weak: false }
    const grant = sampleGrant(sandbox.id, {
      secretId: vault.create(input, new SecretValue(Buffer.from(textOf(name)))).id,
    })
    return {
      ...grant,
      placeholderIndex: keyRing.indexPlaceholder(placeholderOf(name)),
      placeholderSealed: keyRing.sealPlaceholder(placeholderOf(name), placeholderContext(grant)),
    }
  })
  storage.sandboxes.create(sandbox, grants)
}

/** Every secret, or every nth of them, and what its placeholder leads to. */
function assertWorks({ vault, storage, keyRing }: Installation, each: number): void {
  for (const name of names.filter((_, index) => index % each === 0)) {
    using value = vault.reveal(vault.get('default', name).id).value
    assert.equal(
      value.use((bytes) => Buffer.from(bytes).toString()),
      textOf(name),
    )
    const grant = findGrantOf(placeholderOf(name), keyRing, storage.sandboxes)
    assert.equal(
      grant && keyRing.openPlaceholder(grant.placeholderSealed, placeholderContext(grant)),
      placeholderOf(name),
    )
  }
}

function readVersions(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database
      .prepare('SELECT secret_id, version, hex(ciphertext) AS bytes FROM secret_versions ORDER BY 1')
      .all()
    return JSON.stringify(rows)
  } finally {
    database.close()
  }
}

/** Lets a process rotate, and kills it some time after it began. */
async function rotateAndKill(root: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', program, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  await sleep(afterMs)
  assert.equal(child.kill('SIGKILL'), true, 'it was still at it')
  await closed
}

test(`V6: after kill -9 at ${rounds} moments of a rotation everything works, and the next start ends it`, async (context) => {
  const folder = createInstallation(context)
  const first = folder.open()
  populate(first)
  const versions = readVersions(folder.databasePath)
  const keyPath = join(folder.root, 'keys', 'key')
  const seen = new Set<number>()
  for (let round = 0; round < rounds; round++) {
    await rotateAndKill(folder.root, Math.random() * 400)
    seen.add(readFileSync(keyPath, 'latin1').trim().split('\n').length)
    const next = openInstallation(folder.root)
    assertWorks(next, 20)
    next.storage.close()
  }
  assert.ok(seen.has(2), 'some were killed half way')
  assertWorks(first, 20)
  const last = folder.open()
  await last.custody.resume()
  assertWorks(last, 1)
  assert.equal(readFileSync(keyPath, 'latin1').trim().split('\n').length, 1)
  assert.equal(readVersions(folder.databasePath), versions, 'values were not touched')
  for (const beginning of ['key.', 'high-water.']) {
    const left = readdirSync(join(folder.root, 'keys')).filter((name) => name.startsWith(beginning))
    assert.ok(left.length <= 1, `at most what the last one left unfinished, and not ${left.join(', ')}`)
  }
})
