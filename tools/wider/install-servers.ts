import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A system in a folder, and what is installed in it. */
interface WiderSystem {
  readonly folder: string
  /** Of Debian. */
  readonly suite: string
  readonly packages: readonly string[]
}

const mirror = 'http://deb.debian.org/debian'
/** A frozen mirror gives lists that are past their time. */
const aptOptions = ['Acquire::Check-Valid-Until "false"']

/** The systems of a folder: newer servers than this one has. MySQL and MariaDB do not go into one. */
export function widerSystems(folder: string): { readonly servers: WiderSystem; readonly mariadb: WiderSystem } {
  const packages = ['postgresql-18', 'redis-server', 'valkey-server', 'mysql-server-core', 'mysql-client-core']
  return {
    servers: { folder, suite: 'unstable', packages },
    mariadb: { folder: `${folder}-mariadb`, suite: 'trixie', packages: ['mariadb-server', 'mariadb-client'] },
  }
}

/**
 * Installs servers into a system of their own, and nothing into this one. What is there already stays.
 * @returns packages that could not be installed
 * @throws Error where not even the system can be made
 */
export function installServers({ folder, suite, packages }: WiderSystem): readonly string[] {
  if (!existsSync(join(folder, 'usr/bin/apt-get'))) {
    const options = aptOptions.map((option) => `--aptopt=${option}`)
    run('mmdebstrap', ['--variant=minbase', '--include=apt', ...options, suite, folder, mirror])
  }
  const missing = packages.filter((name) => !isInstalled(folder, name))
  if (missing.length > 0) apt(folder, ['update'])
  return missing.filter((name) => {
    console.error(`installing ${name}`)
    return !apt(folder, ['-y', '--no-install-recommends', 'install', name])
  })
}

function isInstalled(folder: string, name: string): boolean {
  return existsSync(join(folder, 'var/lib/dpkg/info', `${name}.list`))
}

function apt(folder: string, args: readonly string[]): boolean {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  const all = [folder, 'apt-get', '-q', '-o', 'APT::Sandbox::User=root', ...args]
  return spawnSync('chroot', all, { env, stdio: 'ignore' }).status === 0
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `it ended with ${status}`}`)
}
