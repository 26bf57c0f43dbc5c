import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { allCases } from './all-cases.ts'
import { byGateway, gatewayOutside, isForGateway } from './by-gateway.ts'
import type { ClientCase } from './client-case.ts'
import { type ExportedShell, openExportedShell } from './exported-shell.ts'
import { isBaseUrl } from './is-base-url.ts'
import { insidePaths } from './sandbox-shell.ts'
import { type Scene, setScene } from './scene.ts'
import type { Service } from './services.ts'
import { tryClient } from './try-client.ts'

/** A way for the requests of a client that is no sandboxed process. */
interface Way {
  readonly title: string
  isFor(client: ClientCase): boolean
  isKept(name: string): boolean
  /** What the client is told beside; nothing when absent. */
  told?(client: ClientCase): ClientCase
}

interface Stage {
  readonly scene: Scene
  readonly shell: ExportedShell
  readonly placeholders: Readonly<Record<string, string>>
}

const skip = skipWithout('bash')
const undo = new AsyncDisposableStack()
let stage: Promise<Stage> | undefined
const onStage = (): Promise<Stage> => {
  stage ??= setStage()
  return stage
}
after(() => undo.disposeAsync())

async function setStage(): Promise<Stage> {
  const scene = undo.use(await setScene(undefined))
  const shell = await openExportedShell(scene)
  const placeholders = Object.values<Service>(scene.services).map(({ env }) => [env, shell.environment[env]!] as const)
  return { scene, shell, placeholders: Object.fromEntries(placeholders) }
}

const ways: readonly Way[] = [
  { title: 'with the exported environment', isFor: () => true, isKept: () => true },
  {
    title: 'by the proxy, without base URLs',
    isFor: ({ byBaseUrl }) => byBaseUrl === true,
    isKept: (name) => !isBaseUrl(name),
  },
  {
    title: 'S6, AC-1.6: by its base URL alone, with no proxy and no CA',
    isFor: ({ byBaseUrl }) => byBaseUrl === true,
    isKept: (name) => isBaseUrl(name) || /_(KEY|TOKEN)$/.test(name),
  },
  {
    title: 'S6, W6: by a base URL that its program gives it, with no proxy and no CA',
    isFor: ({ gatewayName }) => gatewayName !== undefined,
    isKept: isForGateway,
    told: (client) => byGateway(client, gatewayOutside),
  },
]

for (const { title, isFor, isKept, told = (client: ClientCase) => client } of ways) {
  for (const client of allCases.filter(isFor)) {
    const reason = client.fencedOnly === undefined ? (client.skip ?? false) : client.fencedOnly
    test(`AC-2.1 ${title}: ${client.name}`, { skip: skip || reason }, async () => {
      const { scene, shell, placeholders } = await onStage()
      const run = (script: string) => shell.run(script, isKept)
      await tryClient(
        { scene, paths: insidePaths(scene), placeholders: Object.values(placeholders), run },
        told(client),
      )
    })
  }
}

test('a client that has none of it gets nothing that is worth anything', { skip }, async () => {
  const { scene, shell } = await onStage()
  scene.newRequests()
  const { node, inside } = insidePaths(scene)
  const { exit } = await shell.run(`${node} ${inside}/fetch.mjs`, (name) => name === 'API_TOKEN')
  assert.notEqual(exit, 0)
  assert.deepEqual(scene.newRequests(), [])
})
