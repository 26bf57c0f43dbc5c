import assert from 'node:assert/strict'
import { doorWays } from '../../wire/ways-in.ts'
import { register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Door } from './door.ts'

/** Decoys, whose texts are shown once, sent by every way in and in every place where they are met. */
export const decoys: Door = {
  name: 'decoys that are made, sent from inside, listed and deleted',
  once: true,
  async walk(stage) {
    const sandbox = await register(stage, { secrets: { KEY: 'key' } })
    for (const provider of ['stripe', 'github', undefined]) {
      const created = await stage.client.decoys.create({ name: 'bait', ...(provider !== undefined && { provider }) })
      const { id, placeholder } = created
      // What it begins with, others begin with, too.
      stage.learn(placeholder.slice(-24))
      const asking = { host: goodHost, secret: 'key' }
      const headers = [['Authorization', `Bearer ${placeholder}`]] as const
      for (const { code } of await sandbox.sendByEach({ ...asking, target: '/json', headers }))
        assert.equal(code, 'placeholder_foreign')
      for (const sending of [
        { target: `/json?key=${placeholder}` },
        { target: `/attic/${placeholder}/json` },
        { target: '/json', headers: [['Cookie', `session=${placeholder}`]] as const },
        { target: '/json', headers: [['Authorization', `Basic ${btoa(`me:${placeholder}`)}`]] as const },
        { target: '/json', headers: [['X-Note', placeholder]] as const },
      ])
        assert.equal((await sandbox.send(doorWays[0]!, { ...asking, ...sending })).code, 'placeholder_foreign')
      for (const [method, path] of [
        ['GET', '/v1/decoys'],
        ['GET', `/v1/decoys/${id}`],
        ['GET', `/v1/decoys/${placeholder}`],
        ['DELETE', `/v1/decoys/${id}`],
      ] as const)
        await stage.ask({ method, path })
    }
    stage.hear('the journal', JSON.stringify(await stage.client.audit.list({ limit: 1000 })))
    await stage.client.sandboxes.end(sandbox.sandbox.id)
  },
}
