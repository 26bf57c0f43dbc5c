import assert from 'node:assert/strict'
import { startLiveSandbox } from '../live-sandbox.ts'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

/** A vault that is locked and unlocked while a sandbox goes on asking. */
export const lockedVault: Door = {
  name: 'a vault that is locked, and unlocked again',
  async walk(stage) {
    const { next, stored } = stage.values
    const live = await startLiveSandbox(stage)
    assert.match(await live.do(goodRequest), /HTTP\/[\d.]+ 200/)
    assert.equal((await stage.command(['vault', 'lock'])).code, 0)
    assert.doesNotMatch(await live.do(goodRequest), /HTTP\/[\d.]+ 200/)
    for (const args of [
      ['secret', 'rotate', 'key', '--value-stdin'],
      ['secret', 'create', 'other', '--provider', 'stripe', '--value-stdin'],
      ['secret', 'update', 'key', '--to', 'evil.example', '--inject', 'bearer', '--value-stdin'],
      ['run', '--secret', 'KEY=key', '--', 'true'],
    ]) {
      assert.equal((await stage.command(args, { stdin: next.value })).code, 6, args.join(' '))
    }
    const body = { credentials: { STRIPE_SECRET_KEY: stage.values.inline.value } }
    assert.equal((await stage.ask({ method: 'POST', path: '/v1/sandboxes', body })).code, 'vault_locked')
    assert.equal((await stage.command(['vault', 'unlock', '--json'])).code, 0)
    assert.match(await live.do(goodRequest), /HTTP\/[\d.]+ 200/)
    await stage.client.secrets.rotate('key', next.value)
    assert.match(await live.do(goodRequest), /HTTP\/[\d.]+ 401/)
    await stage.client.secrets.rotate('key', stored.value)
    await live.end()
  },
}
