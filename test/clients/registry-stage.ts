import assert from 'node:assert/strict'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type RegistryService, startRegistryService } from '../fixtures/registry-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openExportedShell } from './exported-shell.ts'
import type { ScriptEnd } from './sandbox-shell.ts'
import { startStageBroker } from './stage-broker.ts'

/** Host of the registry of the stage. */
export const registry = 'images.clients.test'
/** Host of the place of its blobs. */
export const blobs = 'blobs.clients.test'
const auth = 'auth.clients.test'

/** A registry, and a shell with two logins for it: `PULL`, and `PUSH`, which may push to `acme/*`. The user of both is `ann`. */
export interface RegistryStage extends AsyncDisposable {
  readonly service: RegistryService
  /** Runs a script, and looks whether anything real came out of it. */
  run(script: string): Promise<ScriptEnd>
}

/** Which manifests a rule denies to the login that pulls. */
const closed = '/v2/acme/closed/manifests/*'

/** Sets the stage, with a broker of its own. */
export async function openRegistryStage(): Promise<RegistryStage> {
  await using undo = new AsyncDisposableStack()
  const root = createTlsRoot()
  const key = makeCanary()
  const service = undo.use(
    await startRegistryService({
      ...{ root, registry, blobs, realm: `https://${auth}/token` },
      users: { ann: key.value },
      open: ['library/base'],
    }),
  )
  const { coatcheck, client, workspace } = await startStageBroker(root, undo)
  const pin = { address: '127.0.0.1', port: service.port }
  const store = (name: string, further: Partial<InjectorSpec> = {}) => {
    const inject: InjectorSpec = { kind: 'registry', tokenUrl: `https://${auth}/token`, ...further }
    const scopes = [registry, auth].map((to): Scope => ({ to, inject, pin, roots: root.certificate }))
    return client.secrets.create({ name, value: key.value, scopes })
  }
  await store('pulling')
  const rules = [{ effect: 'deny', methods: ['GET', 'HEAD'], paths: [closed] }] as const
  await client.secrets.update('pulling', { rules: { default: 'allow', rules } })
  await store('pushing', { access: 'push', repositories: ['acme/*'] })
  const shell = await openExportedShell({
    coatcheck,
    workspace,
    user: undefined,
    services: { pulling: { name: 'pulling', env: 'PULL' }, pushing: { name: 'pushing', env: 'PUSH' } },
    openTunnels: (sandbox) => client.sandboxes.update(sandbox, { network: { allow: [{ to: blobs, pin }] } }),
  })
  const ending = undo.move()
  return {
    service,
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
    async run(script) {
      const end = await shell.run(script)
      const said = end.stdout + end.stderr
      assert.deepEqual(findCanary(said, key), [])
      for (const token of service.given) assert.ok(!said.includes(token))
      return end
    },
  }
}
