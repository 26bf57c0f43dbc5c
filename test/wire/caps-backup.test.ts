import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveHome } from '@coatcheck/broker'
import { restoreBackup, SecretValue } from '@coatcheck/broker/offline'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { ask, bearer, openKeyScene } from './key-scene.ts'
import { openWorld } from './world.ts'

const passphrase = 'correct horse battery'

async function restore(bytes: Buffer, home: TemporaryHome): Promise<void> {
  await restoreBackup({
    home: resolveHome(home.path, {}),
    chunks: (async function* () {
      yield bytes
    })(),
    replace: true,
    askPassphrase: async () => new SecretValue(Buffer.from(passphrase)),
  })
}

/** What the counters of a home say, under a broker that nobody asks for anything else. */
async function usedIn(home: TemporaryHome): Promise<number | undefined> {
  const kept = { path: home.path, [Symbol.dispose]() {} }
  await using world = await openWorld({}, kept)
  await world.client.vault.confirmRollback().catch(() => {})
  return (await world.client.caps.usage()).items[0]?.used
}

test('AC-17.3: a backup has what was used in it, and restoring one gives nothing out once more', async () => {
  using home = makeTemporaryHome()
  using elsewhere = makeTemporaryHome()
  let bytes = Buffer.alloc(0)
  {
    await using scene = await openKeyScene({ home: { path: home.path, [Symbol.dispose]() {} } })
    const { key } = await scene.issue({ caps: [{ unit: 'usd', limit: 50, window: 'total' }] })
    const pay = () =>
      ask(scene.door, {
        method: 'POST',
        path: '/v1/payment_intents',
        headers: bearer(key),
        body: 'amount=1000&currency=usd',
      })
    for (let turn = 0; turn < 2; turn += 1) assert.equal((await pay()).status, 200)
    // What was settled is asked for, so that it is on the disk.
    await scene.world.client.caps.usage()
    const chunks: Uint8Array[] = []
    for await (const chunk of (await scene.world.client.backup.make({ passphrase })).chunks) chunks.push(chunk)
    bytes = Buffer.concat(chunks)
    assert.equal((await pay()).status, 200)
  }
  await restore(bytes, home)
  assert.equal(await usedIn(home), 30, 'what was used after the backup stays used')
  await restore(bytes, elsewhere)
  assert.equal(await usedIn(elsewhere), 20)
})
