import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { startLiveSandbox } from '../live-sandbox.ts'
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
      const before = stage.services.waiting()
      live.begin('curl -sS -k -H "Authorization: Bearer $KEY" https://silent.service.test/')
      for (let attempt = 0; attempt < waitAttempts && stage.services.waiting() === before; attempt += 1)
        await delay(pauseMs)
      assert.equal(stage.services.waiting(), before + 1, 'the request did not arrive')
      process.kill(stage.broker.pid, signal)
      assert.equal((await stage.broker.ended)[0], exitCodes[signal])
      await live.end()
      await stage.serveAgain()
      assert.match((await stage.inside(goodRequest)).stdout, /HTTP\/1\.1 200/)
      const { code, stdout } = await stage.command(['audit', 'verify'])
      assert.equal(code, 0, stdout)
    },
  }
}

/** Sudden ends of the broker; at the second the kernel writes a core where it may. */
export const suddenDeaths: readonly Door[] = [deathBy('SIGKILL'), deathBy('SIGABRT')]
