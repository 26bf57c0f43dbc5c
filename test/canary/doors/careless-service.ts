import assert from 'node:assert/strict'
import { carelessTargets } from '../../fixtures/careless-routes.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { bearer, register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Door } from './door.ts'

/** A service that sends the credential back, by every way in. */
export const carelessService: Door = {
  name: 'a service that sends the credential back, in its head, body, trailers and events, encoded and compressed',
  async walk(stage) {
    const sandbox = await register(stage, { secrets: { KEY: 'key' } })
    const placeholder = sandbox.sandbox.connect.env['KEY']!
    for (const target of carelessTargets) {
      const answers = await sandbox.sendByEach({ host: goodHost, secret: 'key', target, headers: [bearer(sandbox)] })
      assert.equal(answers.length, doorWays.length)
      if (!/body|length|events/.test(target)) continue
      for (const { text } of answers) assert.ok(text.includes(placeholder), `${target}: the placeholder is back`)
    }
    const events = await stage.client.audit.list({ limit: 1000 })
    assert.ok(events.items.some(({ event }) => event.kind === 'alarm.raised' && event.code === 'secret_returned'))
    await stage.client.sandboxes.end(sandbox.sandbox.id)
  },
}
