import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type FinishedProcess, type RunOptions, runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'

const systemRoots = '/etc/ssl/certs/ca-certificates.crt'
const runc = ['/usr/sbin/runc', '/usr/bin/runc'].find((path) => existsSync(path))

/** Podman with images, containers and volumes of its own, which are gone when it is disposed of. */
export interface ContainerEngine extends AsyncDisposable {
  /** For what the test has to put somewhere. */
  readonly folder: string
  podman(args: readonly string[], options?: RunOptions): Promise<FinishedProcess>
  /** The same, for what must work. @returns what it printed @throws Error */
  must(args: readonly string[], options?: RunOptions): Promise<string>
}

/** Prepares Podman; nothing runs yet. */
export function openContainerEngine(): ContainerEngine {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-container-'))
  const places = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')]
  const own = [...places, '--cgroup-manager', 'cgroupfs', ...(runc === undefined ? [] : ['--runtime', runc])]
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, TMPDIR: folder }
  const podman: ContainerEngine['podman'] = (args, options = {}) =>
    runToEnd(['podman', ...own, ...args], { timeoutMs: 900_000, ...options, env: { ...env, ...options.env } })
  return {
    folder,
    podman,
    async must(args, options) {
      const { code, stdout, stderr } = await podman(args, options)
      if (code !== 0) throw new Error(`podman ${args[0]} ended with ${code}: ${stderr.slice(-2000)}`)
      return stdout.trim()
    },
    async [Symbol.asyncDispose]() {
      await podman(['rm', '--all', '--force', '--volumes'])
      await podman(['volume', 'rm', '--all', '--force'])
      await podman(['rmi', '--all', '--force'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An image with Node and npm for `BASE`, of Debian's packages and the Node that runs the tests. @returns its name */
export async function makeBaseImage({ folder, must }: ContainerEngine): Promise<string> {
  const root = join(folder, 'base')
  const packages = '--include=ca-certificates,libatomic1'
  const made = await runToEnd(['debootstrap', '--variant=minbase', packages, 'bookworm', root], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    timeoutMs: 600_000,
  })
  if (made.code !== 0) throw new Error(`debootstrap ended with ${made.code}: ${made.stdout.slice(-500)}`)
  const local = join(root, 'usr/local')
  cpSync(process.execPath, join(local, 'bin/node'))
  const npm = join(local, 'lib/node_modules/npm')
  cpSync(findNpm(), npm, { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
  mkdirSync(join(local, 'etc'), { recursive: true })
  // A machine whose roots are not everybody's reaches its registry by those.
  writeFileSync(join(local, 'etc/npmrc'), `cafile=${systemRoots}\n`)
  cpSync(systemRoots, join(root, systemRoots))
  const archive = join(folder, 'base.tar')
  await runToEnd(['tar', '-C', root, '-cf', archive, '.'], { env: { PATH: '/usr/bin:/bin' }, timeoutMs: 300_000 })
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  await must(['import', '--change', path, archive, 'localhost/coatcheck-base'])
  rmSync(archive)
  rmSync(root, { recursive: true })
  return 'localhost/coatcheck-base'
}

/** The files of the repository as they are now, without what git ignores. */
export async function copySources(target: string): Promise<void> {
  const listed = await runToEnd(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    env: { PATH: '/usr/bin:/bin' },
  })
  for (const path of listed.stdout.split('\0').filter(Boolean)) {
    const source = join(repositoryRoot, path)
    if (!existsSync(source)) continue
    mkdirSync(dirname(join(target, path)), { recursive: true })
    cpSync(source, join(target, path))
  }
}

function findNpm(): string {
  const found = ['/usr/lib/node_modules/npm', '/usr/local/lib/node_modules/npm'].find((path) => existsSync(path))
  if (found === undefined) throw new Error('npm is installed nowhere that is known')
  return found
}
