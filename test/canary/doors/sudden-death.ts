import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { doorWays } from '../../wire/ways-in.ts'
import { startLiveSandbox } from '../live-sandbox.ts'
import { bearer, register } from '../registered.ts'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

const waitAttempts = 800
const pauseMs = 25
const exitCodes = { SIGKILL: 137, SIGABRT: 134 } as const

function deathBy(signal: keyof typeof exitCodes): Door {
  return {
    name: `a broker that ${signal} ends while a request is on its way`,
    async walk(stage) {
      const live = await startLiveSandbox(stage)
      const elsewhere = await register(stage, { secrets: { KEY: 'key' } })
      const before = stage.services.waiting()
      live.begin('curl -sS -k -H "Authorization: Bearer $KEY" https://silent.service.test/')
      const { token } = await stage.client.tokens.create({ name: 'follower', role: 'auditor' })
      stage.learn(token.slice(token.indexOf('.') + 1))
      const asking = { host: 'silent.service.test', secret: 'key', target: '/', headers: [bearer(elsewhere)] }
      const cut = Promise.allSettled([
        ...doorWays.slice(0, 2).map((way) => elsewhere.send(way, asking)),
        fetch(`${stage.doors.apiUrl}/v1/audit?follow=true`, { headers: { authorization: `Bearer ${token}` } })
          .then((response) => response.text())
          .then((text) => stage.hear('the journal as it is followed', text)),
      ])
      for (let attempt = 0; attempt < waitAttempts && stage.services.waiting() < before + 3; attempt += 1)
        await delay(pauseMs)
      assert.equal(stage.services.waiting(), before + 3, 'the requests did not arrive')
      process.kill(stage.broker.pid, signal)
      assert.equal((await stage.broker.ended)[0], exitCodes[signal])
      await live.end()
      await cut
      await stage.serveAgain()
      await stage.client.sandboxes.end(elsewhere.sandbox.id)
      assert.match((await stage.inside(goodRequest)).stdout, /HTTP\/[\d.]+ 200/)
      const { code, stdout } = await stage.command(['audit', 'verify'])
      assert.equal(code, 0, stdout)
    },
  }
}

/** Sudden ends of the broker; at the second the kernel writes a core where it may. */
export const suddenDeaths: readonly Door[] = [deathBy('SIGKILL'), deathBy('SIGABRT')]
