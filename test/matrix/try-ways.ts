import { byGateway, gatewayInside, gatewayOutside, isForGateway } from '../clients/by-gateway.ts'
import { openExportedShell } from '../clients/exported-shell.ts'
import { isBaseUrl } from '../clients/is-base-url.ts'
import { insidePaths, openShell } from '../clients/sandbox-shell.ts'
import { setScene } from '../clients/scene.ts'
import type { Service } from '../clients/services.ts'
import { type ClientPlace, tryClient } from '../clients/try-client.ts'
import type { MatrixCase } from './matrix-cases.ts'

/** What became of a client on one way: it worked, it could not be tried and why, or what went wrong. */
export type Outcome = { readonly worked: true } | { readonly skipped: string } | { readonly failed: string }

/** A line of the table with its outcomes. */
export interface Tried {
  readonly client: MatrixCase
  readonly fenced: Outcome
  readonly proxy: Outcome
  /** Undefined for a client that takes no base URL. */
  readonly gateway: Outcome | undefined
}

/** Tries every client on every way, one after the other. `folder` holds programs that they need. */
export async function tryWays(clients: readonly MatrixCase[], folder: string): Promise<readonly Tried[]> {
  await using undo = new AsyncDisposableStack()
  const scene = undo.use(await setScene(undefined))
  const inner = undo.use(await openShell(scene, [folder]))
  const variables = Object.values<Service>(scene.services).map(({ env }) => `"$${env}"`)
  const { stdout } = await inner.run(`printf '%s\\n' ${variables.join(' ')}`)
  const [sandbox] = (await scene.client.sandboxes.list()).items
  await scene.openTunnels(sandbox!.id)
  const outer = await openExportedShell(scene)
  const shared = { scene, paths: insidePaths(scene) }
  const outside = Object.values<Service>(scene.services).map(({ env }) => outer.environment[env] ?? '')
  const fenced: ClientPlace = { ...shared, placeholders: stdout.trim().split('\n'), run: (script) => inner.run(script) }
  const outsideWith = (isKept: (name: string) => boolean): ClientPlace => ({
    ...shared,
    placeholders: outside,
    run: (script) => outer.run(script, isKept),
  })
  const proxy = outsideWith((name) => !isBaseUrl(name))
  const byVariable = outsideWith((name) => isBaseUrl(name) || /_(KEY|TOKEN)$/.test(name))
  const byProgram = outsideWith(isForGateway)
  const tryGateway = async (client: MatrixCase): Promise<Outcome | undefined> => {
    if (client.byBaseUrl === true) return attempt(byVariable, client)
    if (client.gatewayName === undefined) return undefined
    const outside = await attempt(byProgram, { ...client, ...byGateway(client, gatewayOutside) })
    if (!('worked' in outside) || client.gatewayOnLoopback === true) return outside
    return attempt(fenced, { ...client, ...byGateway(client, gatewayInside) })
  }
  const tried: Tried[] = []
  for (const client of clients) {
    const reason = client.fencedOnly
    tried.push({
      client,
      fenced: await attempt(fenced, client),
      proxy: reason === undefined ? await attempt(proxy, client) : { skipped: reason },
      gateway: await tryGateway(client),
    })
  }
  return tried
}

async function attempt(place: ClientPlace, client: MatrixCase): Promise<Outcome> {
  if (client.skip !== undefined && client.skip !== false) return { skipped: client.skip }
  try {
    await tryClient(place, client)
    return { worked: true }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}
