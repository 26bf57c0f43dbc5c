import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import type { OrdinaryUser } from '../fixtures/ordinary-user.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { byGateway, gatewayInside } from './by-gateway.ts'
import type { ClientCase } from './client-case.ts'
import { insidePaths, openShell, type SandboxShell } from './sandbox-shell.ts'
import { type Scene, setScene } from './scene.ts'
import type { Service } from './services.ts'
import { tryClient } from './try-client.ts'

interface Stage {
  readonly scene: Scene
  readonly shell: SandboxShell
  /** Values of the variables inside. */
  readonly placeholders: readonly string[]
}

/** Each of the clients is one test: it works, the service sees the real credential and no placeholder, and nothing comes back. */
export function testClients(
  by: string,
  makeUser: () => OrdinaryUser | undefined,
  unfit: string | false,
  clients: readonly ClientCase[],
): void {
  const skip = unfit || skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'prlimit', '/usr/bin/python3')
  const undo = new AsyncDisposableStack()
  let stage: Promise<Stage> | undefined
  const onStage = (): Promise<Stage> => {
    stage ??= setStage(undo, makeUser)
    return stage
  }
  after(() => undo.disposeAsync())

  test(`${by}: the sandbox has placeholders and no proxy variable`, { skip }, async () => {
    const { scene, shell, placeholders } = await onStage()
    const keys = Object.values<Service>(scene.services).map(({ key }) => key)
    const { stdout } = await shell.run('env')
    assert.doesNotMatch(stdout, /^\w*proxy\w*=/im)
    assert.equal(new Set(placeholders).size, keys.length)
    for (const [index, placeholder] of placeholders.entries()) {
      assert.match(placeholder, /^[\w-]{24,}$/)
      assert.deepEqual(findCanary(placeholder, keys[index]!), [])
    }
  })

  const throughGateway = clients.filter(
    ({ gatewayName, gatewayOnLoopback }) => gatewayName !== undefined && gatewayOnLoopback === undefined,
  )
  for (const [way, client] of [
    ...clients.map((client) => ['', client] as const),
    ...throughGateway.map((client) => ['by the gateway, ', byGateway(client, gatewayInside)] as const),
  ]) {
    test(`${by}: ${way}${client.name}`, { skip: skip || (client.skip ?? false) }, async () => {
      const { scene, shell, placeholders } = await onStage()
      const run = shell.run.bind(shell)
      await tryClient({ scene, paths: insidePaths(scene), placeholders, run }, client)
    })
  }

  test(`AC-2.4 ${by}: a process that clears its environment reaches nothing, and the journal tells`, {
    skip,
  }, async () => {
    const { scene, shell } = await onStage()
    scene.newRequests()
    const direct = 'env -i /usr/bin/curl -s --noproxy "*" --max-time 10'
    const script = `
      ${direct} https://elsewhere.clients.test/ && echo reached
      ${direct} -k --resolve elsewhere.clients.test:443:203.0.113.7 https://elsewhere.clients.test/ -o answer -w '%{http_code}'
      grep -o 'destination_[a-z]*' answer | head -1`
    const { stdout } = await shell.run(`cd "$TMPDIR"\n${script}`)
    assert.equal(stdout.trim(), '421destination_mismatch')
    assert.deepEqual(scene.newRequests(), [])
    const { items } = await scene.client.connections.list({
      host: 'elsewhere.clients.test',
      decision: 'refused',
    })
    assert.ok(items.length > 0)
  })

  test(`${by}: all that came out of the sandbox holds no key`, { skip }, async () => {
    const { scene, shell } = await onStage()
    assert.equal(await shell.close(), 0)
    const output = shell.output()
    assert.ok(output.length > 1_000)
    for (const { name, key } of Object.values<Service>(scene.services)) {
      assert.deepEqual(findCanary(output, key), [], name)
    }
  })
}

async function setStage(undo: AsyncDisposableStack, makeUser: () => OrdinaryUser | undefined): Promise<Stage> {
  const user = makeUser()
  if (user !== undefined) undo.use(user)
  const scene = undo.use(await setScene(user))
  const shell = undo.use(await openShell(scene))
  const variables = Object.values<Service>(scene.services).map(({ env }) => `"$${env}"`)
  const { stdout } = await shell.run(`printf '%s\\n' ${variables.join(' ')}`)
  const [sandbox] = (await scene.client.sandboxes.list()).items
  await scene.openTunnels(sandbox!.id)
  return { scene, shell, placeholders: stdout.trim().split('\n') }
}
