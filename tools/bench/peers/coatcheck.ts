import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CreatedSandbox } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { benchRules, listCount } from '../decide/bench-rules.ts'
import type { Route } from '../load/route.ts'
import { launch } from '../measure/launch.ts'
import type { Command } from '../measure/pinned.ts'
import { findPlanes } from './find-planes.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'

/** How long the sandboxes of the bench live, in seconds. */
const ttlSeconds = 86_400
/** One sandbox has room for 1,024 connections: all of these together have it for the idle tunnels. */
const sandboxes = 13

/** The product as it is shipped, with its own way of carrying HTTP. */
export const own: Peer = makePeer('own', 'coatcheck')

/** The same with the plane that is made of `node:http`: what the own one is compared to. */
export const reference: Peer = makePeer('reference', 'coatcheck, reference plane')

function makePeer(plane: 'own' | 'reference', title: string): Peer {
  return {
    name: plane,
    title,
    version: async ({ product }) =>
      (await findPlanes(product)).has(plane) ? `on Node ${process.versions.node}` : undefined,
    async prepare(ground) {
      const port = await freePort()
      const folder = join(ground.folder, plane)
      mkdirSync(folder, { mode: 0o700 })
      const command = await serveCommand(ground.product, folder, port, plane)
      const [first, ...rest] = await furnish(folder, command, port, ground)
      if (first === undefined) throw new Error('no sandbox was registered')
      const routeOf = ({ connect, id, token }: CreatedSandbox): Route => ({
        targets: targetsAt(ground, port),
        ca: connect.ca,
        credential: connect.env['API_KEY'] ?? '',
        connect: { authorization: `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}` },
      })
      // Each sandbox is a machine of its own, as far as the broker can tell.
      const others = rest.map((sandbox, at) => ({ ...routeOf(sandbox), from: `127.0.0.${at + 2}` }))
      let ruled: ReturnType<typeof registerRuled> | undefined
      const ruledRoutes = async () => {
        ruled ??= registerRuled(folder, ground)
        const [one, other] = await ruled
        return { ruled: routeOf(one), empty: routeOf(other) }
      }
      return { start: { command, port }, route: { ...routeOf(first), others }, ruledRoutes }
    },
  }
}

/** Registers two sandboxes with 100 grants of the secret at a broker that runs; the first has rules on each of them. */
async function registerRuled(folder: string, { hosts }: Ground): Promise<readonly [CreatedSandbox, CreatedSandbox]> {
  const client = createClient({ socketPath: join(folder, 'run', 'broker.sock') })
  const variables = Array.from({ length: listCount }, (_, number) => (number === 0 ? 'API_KEY' : `KEY_${number}`))
  const secrets = Object.fromEntries(variables.map((variable) => [variable, 'bench']))
  const rules = Object.fromEntries(variables.map((variable, number) => [variable, benchRules(number, hosts.api)]))
  const ruled = await client.sandboxes.create({ name: 'bench-ruled', secrets, rules, ttlSeconds })
  return [ruled, await client.sandboxes.create({ name: 'bench-unruled', secrets, ttlSeconds })]
}

async function serveCommand(entry: string, folder: string, port: number, plane: 'own' | 'reference'): Promise<Command> {
  const choice = (await findPlanes(entry)).size > 1 ? ['--http-plane', plane] : []
  return {
    file: process.execPath,
    args: [entry, 'serve', '--json', '--proxy', `127.0.0.1:${port}`, ...choice],
    env: { COATCHECK_HOME: folder },
    cwd: folder,
  }
}

/** Stores the secret and registers the sandboxes, in a home that later starts find so. */
async function furnish(
  folder: string,
  command: Command,
  port: number,
  ground: Ground,
): Promise<readonly CreatedSandbox[]> {
  await using _broker = await launch(command, port)
  const client = createClient({ socketPath: join(folder, 'run', 'broker.sock') })
  const { credential, hosts, ports, root } = ground
  const scope = (to: string, originPort: number) => ({
    to,
    inject: { kind: 'bearer' },
    pin: { address: '127.0.0.1', port: originPort },
    roots: root,
  })
  const scopes = [scope(hosts.api, ports.api), scope(hosts.stream, ports.stream), scope(`*.${hosts.many}`, ports.many)]
  await client.secrets.create({ name: 'bench', value: credential, scopes })
  const created: CreatedSandbox[] = []
  for (let number = 1; number <= sandboxes; number += 1) {
    const name = `bench-${number}`
    created.push(await client.sandboxes.create({ name, secrets: { API_KEY: 'bench' }, ttlSeconds }))
  }
  return created
}
