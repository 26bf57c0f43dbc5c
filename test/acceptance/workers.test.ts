import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from '@coatcheck/sdk'
import { poll } from '../wire/poll.ts'
import { callerKinds } from './caller.ts'
import { startServe } from './serving-broker.ts'

const linux = process.platform === 'linux'

for (const { name, skip, make } of callerKinds) {
  describe(`coatcheck serve --workers as ${name}`, { skip: skip || (!linux && 'workers need Linux') }, () => {
    test('serves what comes in by the proxy in threads, says how many there are, and ends as usual', async () => {
      using caller = make()
      const broker = await startServe(caller, { args: ['--proxy', '127.0.0.1:0', '--workers', '2'] })
      const client = createClient(broker)
      assert.deepEqual((await client.status()).workers, { count: 2, running: 2, restarts: 0 })
      const [, proxyUrl = ''] = /"proxyUrl":"([^"]+)"/.exec(broker.said()) ?? []
      const { id, token } = await client.sandboxes.create({ from: ['127.0.0.1'] })
      for (let turn = 0; turn < 8; turn += 1) {
        const answer = await fetch(`${proxyUrl}/as/${id}.${token}/-/self`, { headers: { connection: 'close' } })
        assert.equal(((await answer.json()) as { id: string }).id, id)
      }
      const ended = await fetch(`${proxyUrl}/as/${id}.${token}/-/self`, { method: 'DELETE' })
      assert.equal(ended.status, 202)
      await poll(async () => {
        // What is under way when the sandbox ends is cut off.
        const answer = await fetch(`${proxyUrl}/as/${id}.${token}/-/self`).catch(() => undefined)
        return answer?.status === 401 ? true : undefined
      })
      const status = await caller.coatcheck.run(['status'])
      assert.match(status.stdout, /^workers +2 of 2 running$/m)
      broker.serve.kill('SIGTERM')
      assert.deepEqual(await broker.ended, [0, null])
      assert.doesNotMatch(broker.said(), /"level":"error"/)
    })

    test('says what is wrong with a number', async () => {
      using caller = make()
      const args = ['serve', '--json', '--proxy', '127.0.0.1:0', '--workers']
      const many = await caller.coatcheck.run([...args, '9999'])
      assert.equal(JSON.parse(many.stderr).code, 'settings_invalid')
      const none = await caller.coatcheck.run([...args, '0'])
      assert.equal(JSON.parse(none.stderr).code, 'settings_invalid')
      const alone = await caller.coatcheck.run(['serve', '--json', '--workers', '2'])
      assert.equal(JSON.parse(alone.stderr).code, 'settings_invalid')
    })
  })
}
