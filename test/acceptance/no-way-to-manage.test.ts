import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@coatcheck/sdk'
import { canaryOf, findCanary } from '../fixtures/canary.ts'
import { type Caller, callerKinds } from './caller.ts'
import { environmentOf } from './process-facts.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'

const script = (name: string) => readFileSync(join(import.meta.dirname, 'inside', name), 'utf8')

for (const { name, skip, make } of callerKinds) {
  describe(`AC-11.3: a child of run, as ${name}`, { skip }, () => {
    let caller: Caller
    let broker: ServingBroker
    let token = ''
    let apiUrl = ''
    before(async () => {
      caller = make()
      broker = await startServe(caller, { args: ['--api', '127.0.0.1:0', '--proxy', '127.0.0.1:0'] })
      token = (await createClient(broker).tokens.create({ name: 'owner', role: 'owner' })).token
      apiUrl = /"apiUrl":"([^"]+)"/.exec(broker.said())?.[1] ?? ''
    })
    after(async () => {
      await broker?.stop()
      caller?.[Symbol.dispose]()
    })

    /** Runs a program inside, from a shell that is logged in to the API in every way that there is. */
    async function inside(program: readonly string[], args: readonly string[] = []): Promise<string> {
      const file = join(dirname(caller.home), 'token')
      writeFileSync(file, `${token}\n`)
      const descriptor = openSync(file, 'r')
      const env = { ...caller.coatcheck.env, COATCHECK_TOKEN: token, API_TOKEN: token }
      const [command = '', ...rest] = [
        ...caller.coatcheck.argv,
        'run',
        '--profile',
        'locked',
        ...args,
        '--',
        ...program,
      ]
      const child = spawn(command, rest, {
        cwd: caller.folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe', descriptor],
      })
      const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
      closeSync(descriptor)
      return output + errors
    }

    test('has no variable, file, descriptor or socket that holds a token of the API, or leads to it', async () => {
      const facts = await inside(['/usr/bin/python3', '-c', script('describe-process.py')])
      assert.match(facts, /"descriptors"/)
      for (const hidden of [broker.socketPath, 'broker.sock', apiUrl, join(dirname(caller.home), 'token')])
        assert.ok(!facts.includes(hidden), hidden)
      const loot = await inside(['/usr/bin/python3', '-c', script('read-everything.py')])
      assert.ok(loot.length > 100_000)
      const canary = canaryOf(token.slice(token.indexOf('.') + 1))
      assert.deepEqual(findCanary(facts + loot, canary), [])
    })

    test('reaches neither the API nor its socket, whatever it knows', async () => {
      const { port } = new URL(apiUrl)
      const attempts = [
        `http://127.0.0.1:${port}`,
        `http://localhost:${port}`,
        `http://host.coatcheck.internal:${port}`,
        `http://coatcheck.internal:${port}`,
        'http://coatcheck.internal',
      ].map((url) => `curl -sS -m 5 -H "Authorization: Bearer $T" ${url}/v1/status`)
      const bySocket = `curl -sS -m 5 --unix-socket ${broker.socketPath} http://localhost/v1/status`
      const said = await inside(['sh', '-c', [...attempts, bySocket].join('; ')], ['--env', `T=${token}`])
      assert.doesNotMatch(said, /"vault"|"journal"/)
    })

    test('and the broker has nothing in its environment that it is kept by', () => {
      const names = Object.keys(environmentOf(broker.pid))
      assert.deepEqual(
        names.filter((variable) => /TOKEN|KEY|SECRET|PASS|COATCHECK_/.test(variable)),
        [],
      )
    })
  })
}
