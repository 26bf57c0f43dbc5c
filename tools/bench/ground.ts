import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../test/fixtures/free-port.ts'
import { createTlsRoot } from '../../test/fixtures/tls-root.ts'
import { findProgram } from './measure/find-program.ts'
import { measuredProduct } from './measured-product.ts'
import { startNginxOrigin } from './origin/nginx-origin.ts'
import { startNodeOrigin } from './origin/node-origin.ts'
import type { Ground } from './peers/peer.ts'

const hosts = { api: 'api.bench.test', stream: 'stream.bench.test', many: 'many.bench.test' }

/** Everything that is the same for all peers and scenarios. */
export interface OpenGround extends Ground, Disposable {
  /** Starts the origin on one processor. */
  startOrigin(core: number | undefined): Promise<AsyncDisposable>
}

/**
 * Makes authority, credentials and a folder; all of it is gone when it is disposed of.
 * @param product the `coatcheck.cjs` to measure; undefined for what would be shipped of this repository
 */
export async function openGround(product: string | undefined): Promise<OpenGround> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  // Some peers run as a user of their own, and must be able to pass through.
  chmodSync(folder, 0o711)
  const root = createTlsRoot()
  const leaf = root.leaf('*.bench.test')
  const keep = (name: string, text: string, mode = 0o644) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode })
    return path
  }
  const api = await freePort()
  const stream = await freePort()
  const credential = `bench-${randomBytes(24).toString('hex')}`
  const nginx = findProgram('nginx')
  const serverOptions = { certificate: leaf.certificate, key: leaf.key, credential }
  return {
    folder,
    product: await measuredProduct(product, folder),
    hosts,
    ports: { api, stream, many: stream },
    root: root.certificate,
    rootFile: keep('root.pem', root.certificate),
    frontCertificateFile: keep('front.pem', leaf.certificate),
    frontKeyFile: keep('front.key', leaf.key, 0o600),
    credential,
    placeholder: `placeholder-${randomBytes(20).toString('hex')}`,
    async startOrigin(core) {
      await using started = new AsyncDisposableStack()
      started.use(await startNodeOrigin({ ...serverOptions, port: stream }, core))
      const forApi = { ...serverOptions, port: api }
      if (nginx === undefined) started.use(await startNodeOrigin(forApi, core))
      else started.use(await startNginxOrigin(nginx, folder, forApi, core))
      return started.move()
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
