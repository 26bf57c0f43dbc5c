import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { startServe } from './serving-broker.ts'

const host = 'api.service.test'
const loop = readFileSync(join(import.meta.dirname, 'inside/loop-until-stopped.py'), 'utf8')
const waitAttempts = 2400
const pauseMs = 25

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < waitAttempts; attempt += 1) {
    if (holds()) return
    await delay(pauseMs)
  }
  assert.fail(`${what}: waited in vain`)
}

for (const { name, skip, make } of callerKinds) {
  describe(`V5: a secret that ${name} rotates while a client uses it`, { skip }, () => {
    const values = [makeCanary('sk_live_'), makeCanary('sk_live_'), makeCanary('sk_live_')] as const
    let caller: Caller
    let service: VerifyingServer
    let answer = 'go'
    before(async () => {
      caller = make()
      const root = createTlsRoot()
      writeFileSync(join(caller.folder, 'roots.pem'), root.certificate)
      service = await startOrigin({
        root,
        hosts: { [host]: [] },
        routes: [{ method: 'GET', path: /^\/turn$/, answer: ({ response }) => void response.end(answer) }],
      })
      const scope = ['--to', host, '--inject', 'bearer', '--pin', `127.0.0.1:${service.port}`, '--roots', 'roots.pem']
      const { code, stderr } = await caller.coatcheck.run(['secret', 'create', 'key', ...scope], {
        cwd: caller.folder,
        stdin: values[0].value,
      })
      assert.equal(code, 0, stderr)
    })
    after(async () => {
      await service?.close()
      caller[Symbol.dispose]()
    })

    /** Which of the values each request carried. */
    const carried = () =>
      service.requests.map(({ rawHeaders }) =>
        values.findIndex((value) => rawHeaders.includes(`Bearer ${value.value}`)),
      )

    /** Rotates from one value to another while a client loops. */
    async function rotateInLoop(from: 0 | 1, to: 1 | 2): Promise<void> {
      answer = 'go'
      const accept = (...indexes: readonly (0 | 1 | 2)[]) =>
        service.accept(
          host,
          indexes.map((index) => ({ scheme: 'bearer', value: values[index].value })),
        )
      accept(from)
      const first = service.requests.length
      const args = ['run', '--profile', 'locked', '--secret', 'KEY=key', '--', '/usr/bin/python3', '-c', loop, host]
      const client = caller.coatcheck.run(args, { cwd: caller.folder })
      await until('the client works', () => service.requests.length >= first + 6)
      accept(from, to)
      const rotated = await caller.coatcheck.run(['secret', 'rotate', 'key', '--value-stdin'], {
        stdin: values[to].value,
      })
      const atReturn = service.requests.length
      assert.equal(rotated.code, 0, rotated.stderr)
      // One request may have been on its way when the rotation returned.
      await until('the request on its way arrives', () => service.requests.length > atReturn)
      accept(to)
      await until('the client goes on', () => service.requests.length >= atReturn + 7)
      answer = 'stop'
      const { code, stdout, stderr } = await client
      assert.deepEqual([code, /^\d+ turns\n$/.test(stdout)], [0, true], stdout + stderr)
      assert.equal(service.refusals, 0)
      const sequence = carried().slice(first)
      assert.deepEqual(sequence, sequence.toSorted(), 'an old value came after a new one')
      assert.ok(sequence.includes(from) && sequence.slice(atReturn - first + 1).every((index) => index === to))
      for (const value of values)
        assert.deepEqual(findCanary(stdout + stderr + rotated.stdout + rotated.stderr, value), [])
    }

    test('is on the next request, and none fails, with a broker that serves', async () => {
      await using broker = await startServe(caller)
      await rotateInLoop(0, 1)
      assert.ok(!broker.said().includes('error'), broker.said())
    })

    test('is on the next request, and none fails, with a private broker for each command', () => rotateInLoop(1, 2))
  })
}
