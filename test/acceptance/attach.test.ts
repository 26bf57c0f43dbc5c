import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { AttachedGrant, CreatedSandbox, ListedGrant, LockdownReport, OwnSandbox } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'

const host = 'api.service.test'
const waitAttempts = 1200
const pauseMs = 25

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < waitAttempts; attempt += 1) {
    if (await holds()) return
    await delay(pauseMs)
  }
  assert.fail(`${what}: waited in vain`)
}

for (const { name, skip, make } of callerKinds) {
  describe(`S3: what ${name} attaches to a sandbox while it runs`, { skip }, () => {
    const values = { one: makeCanary('sk_live_'), two: makeCanary('sk_live_') } as const
    const streams: ServerResponse[] = []
    let caller: Caller
    let service: VerifyingServer
    let broker: ServingBroker
    let client: CoatcheckClient
    /** Two sandboxes, with nothing attached between the tests. */
    let left: CreatedSandbox
    let right: CreatedSandbox
    before(async () => {
      caller = make()
      const root = createTlsRoot()
      writeFileSync(join(caller.folder, 'roots.pem'), root.certificate)
      service = await startOrigin({
        root,
        hosts: { [host]: Object.values(values).map(({ value }) => ({ scheme: 'bearer', value })) },
        routes: [
          { method: 'GET', path: /^\/hello$/, answer: ({ response }) => void response.end('hello') },
          {
            method: 'GET',
            path: /^\/stream$/,
            answer: ({ response }) => {
              response.write('the first part\n')
              streams.push(response)
            },
          },
        ],
      })
      broker = await startServe(caller)
      client = createClient(broker)
      const scope = ['--to', host, '--inject', 'bearer', '--pin', `127.0.0.1:${service.port}`, '--roots', 'roots.pem']
      for (const [secret, { value }] of Object.entries(values)) {
        const args = ['secret', 'create', secret, '--value-stdin', ...scope]
        const { code, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder, stdin: value })
        assert.equal(code, 0, stderr)
      }
      const launch = () => json<CreatedSandbox>('sandbox', 'create', '--launch', '--label', 'team=a')
      left = await launch()
      right = await launch()
    })
    after(async () => {
      await broker?.stop()
      await service?.close()
      caller?.[Symbol.dispose]()
    })

    const json = <Output>(...args: string[]) => caller.coatcheck.json<Output>(args, { cwd: caller.folder })
    const attach = (id: string, env: string, secret: string) => client.sandboxes.attach(id, env, { secret })
    /** Runs a shell script in a sandbox, with a variable of the caller's choice. */
    const exec = async (id: string, script: string, text = '') => {
      const args = ['sandbox', 'exec', id, '--env', `TEXT=${text}`, '--', 'sh', '-c', script]
      const finished = await caller.coatcheck.run(args, { cwd: caller.folder })
      for (const value of Object.values(values)) {
        assert.deepEqual(findCanary(finished.stdout + finished.stderr, value), [])
      }
      return finished
    }
    const ask = (variable: string, path = '/hello') =>
      `curl -sS --no-buffer --max-time 60 -H "Authorization: Bearer $${variable}" https://${host}${path}`
    /** Which secrets the requests carried, from the one of this number on. */
    const carried = (from: number) =>
      service.requests.slice(from).map(({ rawHeaders }) =>
        Object.entries(values)
          .filter(([, { value }]) => rawHeaders.includes(`Bearer ${value}`))
          .map(([secret]) => secret)
          .join(),
      )

    test('is there for new processes and requests, and detached it is gone from those that are open (N2, AC-11.2)', async () => {
      const { id } = left
      assert.equal((await exec(id, 'printenv KEY')).code, 1)
      const first = service.requests.length
      const { placeholder } = await json<AttachedGrant>('sandbox', 'attach', id, 'KEY=one')
      assert.equal((await exec(id, `printenv KEY; ${ask('KEY')}`)).stdout, `${placeholder}\nhello`)

      const before = streams.length
      const open = exec(id, ask('KEY', '/stream'))
      await until('the stream is open', () => streams.length > before)
      const ended = once(streams.at(-1)!, 'close')
      await json('sandbox', 'detach', id, 'KEY')
      const { code, stdout } = await open
      await ended
      assert.deepEqual([code !== 0, stdout], [true, 'the first part\n'])
      await until('the journal says why', async () => {
        const { items } = await client.requests.list({ sandbox: id })
        return items.some(({ event }) => event.path === '/stream' && event.code === 'grant_ended')
      })
      const refusedAt = service.requests.length
      const refused = await exec(id, `printenv KEY || echo none; ${ask('TEXT')}`, placeholder)
      assert.match(refused.stdout, /^none\n[\s\S]*"code": "grant_ended"/)
      assert.equal(service.requests.length, refusedAt)

      const again = await attach(id, 'KEY', 'one')
      assert.notEqual(again.placeholder, placeholder)
      const both = await exec(id, `${ask('TEXT')}; ${ask('KEY')}`, placeholder)
      assert.match(both.stdout, /"code": "grant_ended"[\s\S]*hello$/)
      assert.deepEqual(carried(first), ['one', 'one', 'one'])
      await client.sandboxes.detach(id, 'KEY')
    })

    test('is its own: two sandboxes of one broker use each the secret of their own grant (R-16)', async () => {
      const first = service.requests.length
      const { placeholder } = await attach(left.id, 'KEY', 'one')
      await attach(right.id, 'KEY', 'two')
      for (const { id } of [left, right, left]) assert.equal((await exec(id, ask('KEY'))).stdout, 'hello')
      assert.deepEqual(carried(first), ['one', 'two', 'one'])
      // A secret that changes hands counts from the next request on, whatever was compiled for either before.
      await attach(left.id, 'KEY', 'two')
      for (const { id } of [left, right]) assert.equal((await exec(id, ask('KEY'))).stdout, 'hello')
      assert.deepEqual(carried(first + 3), ['two', 'two'])
      const arrived = service.requests.length
      for (const [{ id }, code] of [
        [left, 'grant_ended'],
        [right, 'placeholder_foreign'],
      ] as const) {
        assert.equal(JSON.parse((await exec(id, ask('TEXT'), placeholder)).stdout).code, code)
      }
      assert.equal(service.requests.length, arrived)
      const holders = await client.secrets.sandboxes('two')
      assert.deepEqual(holders.items.map(({ id }) => id).toSorted(), [left.id, right.id].toSorted())
      for (const { id } of [left, right]) await client.sandboxes.detach(id, 'KEY')
    })

    test('shows at the agent door, where the agent can give it up (G5, R-83)', async () => {
      const [own, other] = [left, right]
      await attach(own.id, 'KEY', 'one')
      await attach(other.id, 'THEIRS', 'two')
      const self = JSON.parse((await exec(own.id, 'curl -sS http://coatcheck.internal/self')).stdout) as OwnSandbox
      assert.deepEqual(
        self.grants.map(({ env, to }) => [env, to]),
        [['KEY', [host]]],
      )
      assert.equal(self.id, own.id)
      const give = (env: string) =>
        exec(own.id, `curl -sS -o /dev/null -w '%{http_code}' -X DELETE http://coatcheck.internal/self/grants/${env}`)
      assert.deepEqual([(await give('THEIRS')).stdout, (await give('KEY')).stdout], ['404', '204'])
      const { items } = await client.grants.list()
      const ofThese = (items as readonly ListedGrant[]).filter(({ sandbox }) => [own.id, other.id].includes(sandbox))
      assert.deepEqual(
        ofThese.map(({ env }) => env),
        ['THEIRS'],
      )
      await client.sandboxes.detach(other.id, 'THEIRS')
    })

    test('ends with everything else in a lockdown, whatever runs (N14)', async () => {
      const sandboxes = [left, right]
      for (const { id } of sandboxes) await attach(id, 'KEY', 'one')
      const before = streams.length
      const running = sandboxes.map(({ id }) => exec(id, `${ask('KEY', '/stream')}; sleep 600`))
      const early = Promise.race(running).then(({ code, stderr }) => assert.fail(`one ended with ${code}: ${stderr}`))
      await Promise.race([early, until('the streams are open', () => streams.length >= before + 2)])
      const refused = await caller.coatcheck.run(['lockdown', '--all'], { cwd: caller.folder, stdin: '' })
      assert.deepEqual([refused.code, /add --yes/.test(refused.stderr)], [2, true])
      const report = await json<LockdownReport>('lockdown', '--label', 'team=a', '--yes')
      assert.deepEqual(report, { sandboxes: 2, grants: 2 })
      for (const { code, stderr } of await Promise.all(running)) {
        assert.equal(code, 4, stderr)
        assert.match(stderr, /The sandbox was ended/)
      }
      assert.deepEqual(await json('sandbox', 'list'), [])
      for (const { id } of sandboxes) assert.equal((await exec(id, 'true')).code, 4)
    })
  })
}
