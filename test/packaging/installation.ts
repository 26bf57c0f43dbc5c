import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type FinishedProcess, type RunOptions, runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'

const installTimeoutMs = 90_000

const systemRoots = '/etc/ssl/certs/ca-certificates.crt'

/** Variables by which npm installs quietly, and finds a registry that this machine knows by roots of its own. */
export const npmSettings = {
  npm_config_audit: 'false',
  npm_config_fetch_retries: '1',
  npm_config_fetch_timeout: '30000',
  npm_config_loglevel: 'error',
  npm_config_update_notifier: 'false',
  // A Node that is not the machine's own carries its own roots.
  ...(existsSync(systemRoots) && { npm_config_cafile: systemRoots }),
}

/** What npm says when there is no registry to install from. */
const offline =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTCACHED|EIDLETIMEOUT|SELF_SIGNED_CERT|UNABLE_TO_/

/** The packed command, and an empty folder with a home and an npm cache of its own to use it in. */
export interface Installation {
  readonly packagePath: string
  /** An empty folder that a sandbox may be given. */
  readonly place: string
  /** `npm exec` of the packed command, on the Node that `path` finds first, with further packages beside it. */
  exec(
    path: string,
    args: readonly string[],
    options?: RunOptions & { beside?: readonly string[] },
  ): Promise<FinishedProcess>
  /** `npm install --global` of the packed command, below a folder of its own. @returns where the command is then, and how npm ended */
  installGlobally(path: string): Promise<readonly [command: string, npm: FinishedProcess]>
  /** Where npm put the command's entry. */
  entry(): string
  dispose(): void
}

/** Packs the command as it would be published. */
export async function makeInstallation(): Promise<Installation> {
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-installation-'))
  // Sandboxes run as another user, who must be able to pass through.
  chmodSync(root, 0o755)
  const [place, home, cache] = ['place', 'home', 'cache'].map((name) => join(root, name)) as [string, string, string]
  for (const folder of [place, home, cache]) mkdirSync(folder)
  const packing = [process.execPath, join(repositoryRoot, 'tools/pack.ts'), root]
  const own = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: home, npm_config_cache: cache }
  const packed = await runToEnd(packing, { cwd: repositoryRoot, env: own, timeoutMs: installTimeoutMs })
  const name = readdirSync(root).find((file) => file.endsWith('.tgz'))
  const dispose = () => rmSync(root, { recursive: true, force: true })
  if (name === undefined) {
    dispose()
    throw new Error(`packing failed: ${packed.stdout}${packed.stderr}`)
  }
  const packagePath = join(root, name)
  return {
    packagePath,
    place,
    exec(path, args, { beside = [], env = {}, ...options } = {}) {
      const packages = [...beside, packagePath].flatMap((spec) => ['--package', spec])
      return runToEnd(['npm', 'exec', '--yes', ...packages, '--', 'coatcheck', ...args], {
        cwd: place,
        timeoutMs: installTimeoutMs,
        ...options,
        env: { ...own, ...npmSettings, PATH: path, COATCHECK_HOME: join(home, 'coatcheck'), ...env },
      })
    },
    async installGlobally(path) {
      const prefix = join(root, 'global')
      const args = ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--no-fund', packagePath]
      const env = { ...own, ...npmSettings, PATH: path }
      const npm = await runToEnd(['npm', ...args], { cwd: place, env, timeoutMs: installTimeoutMs })
      return [join(prefix, 'bin/coatcheck'), npm]
    },
    entry() {
      const [folder = ''] = readdirSync(join(cache, '_npx'))
      return join(cache, '_npx', folder, 'node_modules/coatcheck/bin/coatcheck.cjs')
    },
    dispose,
  }
}

/** Why nothing could be installed, when that is the registry's absence. */
export function absentRegistry({ code, stderr }: FinishedProcess): string | undefined {
  return code === null || (code !== 0 && offline.test(stderr)) ? 'the package registry cannot be reached' : undefined
}
