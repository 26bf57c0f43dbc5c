import assert from 'node:assert/strict'
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCanary } from '../../fixtures/canary.ts'
import { type ConnectedService, connectedServices, type RunningService } from '../connectors/connected-services.ts'
import { startLiveSandbox } from '../live-sandbox.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const script = join(import.meta.dirname, '../connectors/try-clients.sh')

/** Every connector that can be had here, in one sandbox: good sessions, wrong placeholders, and logins that a service refuses. */
export const connectors: Door = {
  name: 'connectors: sessions of stock clients, wrong placeholders, and services that refuse the login and repeat it',
  once: true,
  async walk(stage) {
    const services = connectedServices.filter(({ skip }) => skip === false)
    await using stack = new AsyncDisposableStack()
    const running = await Promise.all(
      services.map(async (service) => stack.use(await service.start(stage.values.stored.value, stage.services.root))),
    )
    await store(stage, services, running)
    const { folder } = stage.caller
    const files = ['try-clients.sh', 'repository'].map((name) => join(folder, name))
    copyFileSync(script, files[0]!)
    writeFileSync(files[1]!, running.find(({ repository }) => repository !== undefined)?.repository ?? '')
    try {
      await tryAll(stage, services, running)
    } finally {
      for (const file of files) rmSync(file)
    }
    const commands = [...stage.watch.commands]
    assert.ok(
      commands.some((command) => command.includes('--permission ')),
      'no process of a grant was watched',
    )
    for (const path of ['/v1/connections', '/v1/audit?limit=1000'])
      assert.equal((await stage.ask({ method: 'GET', path })).status, 200)
    for (const { name } of services) await stage.client.secrets.delete(name)
  },
}

async function store(
  stage: Stage,
  services: readonly ConnectedService[],
  running: readonly RunningService[],
): Promise<void> {
  for (const [index, { name }] of services.entries()) {
    const { value, scope } = running[index]!
    // Of a private key, the other lines have what all keys have.
    if (value.includes('PRIVATE KEY')) stage.learn(value.split('\n')[4]!)
    await stage.client.secrets.create({ name, value, scopes: [scope] })
  }
}

async function tryAll(
  stage: Stage,
  services: readonly ConnectedService[],
  running: readonly RunningService[],
): Promise<void> {
  const grants = services.map(({ name }) => `${name.toUpperCase()}=${name}`)
  const live = await startLiveSandbox(stage, ['KEY=key', ...grants])
  try {
    const names = services.map(({ name }) => name)
    const said = await live.do(`printenv; sh ./try-clients.sh ${names.join(' ')}`)
    const good = names.filter((_, index) => running[index]!.refuse !== undefined)
    for (const name of good) assert.ok(said.includes(`${name} is well`), `${name}: ${said}`)
    for (const { heard } of running)
      if (heard !== undefined)
        assert.notDeepEqual(findCanary(heard(), stage.values.stored), [], 'there was nothing to repeat')
    for (const { refuse } of running) refuse?.()
    const refused = await live.do(`AGAIN=1 sh ./try-clients.sh ${good.join(' ')}`)
    for (const name of good) assert.ok(!refused.includes(`${name} is well`), `${name}: ${refused}`)
  } finally {
    await live.end()
  }
}
