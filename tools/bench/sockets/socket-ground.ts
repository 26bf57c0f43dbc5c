import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { createTlsRoot, type TlsRoot } from '../../../test/fixtures/tls-root.ts'
import { launch } from '../measure/launch.ts'
import { measuredProduct } from '../measured-product.ts'

/** Where a client finds what it logs in to. */
export interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** What all protocols are measured with: a folder, an authority, and a broker as it is shipped. */
export interface SocketGround extends AsyncDisposable {
  readonly folder: string
  readonly root: TlsRoot
  /** Process of the broker; those of grants descend from it. */
  readonly broker: number
  /** Stores a secret, and gives a registered sandbox that has it. @throws CoatcheckError where no connector serves it */
  grant(name: string, value: string, scope: Scope): Promise<Login>
}

/** Nobody, who owns what must not be root’s. */
export const nobody = 65_534

/** Starts the broker. @param product the coatcheck.cjs that is measured; undefined for what would be shipped of this repository */
export async function openSocketGround(product: string | undefined): Promise<SocketGround> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  // Servers that run as somebody else must be able to pass through.
  chmodSync(folder, 0o711)
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  const port = await freePort()
  const args = [await measuredProduct(product, folder), 'serve', '--json', '--proxy', `127.0.0.1:${port}`]
  try {
    const broker = await launch({ file: process.execPath, args, env: { COATCHECK_HOME: home }, cwd: home }, port)
    const client = createClient({ socketPath: join(home, 'run', 'broker.sock') })
    return {
      folder,
      root: createTlsRoot(),
      broker: broker.pid,
      grant: (...described) => grant(client, ...described),
      async [Symbol.asyncDispose]() {
        await broker[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function grant(client: CoatcheckClient, name: string, value: string, scope: Scope): Promise<Login> {
  await client.secrets.create({ name, value, scopes: [scope] })
  const { connect } = await client.sandboxes.create({ name, secrets: { SERVICE_URL: name }, ttlSeconds: 86_400 })
  const url = new URL(connect.env['SERVICE_URL'] ?? '')
  const { hostname: host, password, username: user } = url
  return { host, port: Number(url.port), user, password }
}
