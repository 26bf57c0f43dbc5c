import { spawnSync } from 'node:child_process'
import { debianPackages, missingRequirements, type Purpose, type Requirement } from '../test/fixtures/requirements.ts'

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }

function apt(...args: readonly string[]): boolean {
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120']
  const { status, stdout, stderr } = spawnSync('apt-get', [...options, ...args], { env: environment, encoding: 'utf8' })
  if (status !== 0) console.error(`${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-4).join('\n'))
  return status === 0
}

function describe(missing: readonly Requirement[]): string {
  const names = missing.map(({ name }) => name).join(', ')
  return `missing: ${names}; install with \`sudo apt-get install --no-install-recommends ${debianPackages(missing).join(' ')}\``
}

function install(missing: readonly Requirement[]): void {
  const packages = debianPackages(missing)
  console.error(`Installing Debian packages: ${packages.join(' ')}`)
  // A failed update is not the end: the lists of an image are often good enough.
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...packages)
}

/** Installs what `purpose` needs when root, else says what is missing. Returns what is still missing. */
export function prepareMachine(purpose: Purpose): readonly Requirement[] {
  const missing = missingRequirements(purpose)
  if (missing.length === 0) return missing
  const hasApt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
  if (process.getuid?.() === 0 && hasApt) install(missing)
  return missingRequirements(purpose)
}

if (import.meta.main) {
  const purpose: Purpose = process.argv[2] === 'demo' ? 'demo' : 'test'
  const missing = prepareMachine(purpose)
  if (missing.length > 0) {
    const consequence = purpose === 'demo' ? 'The demo cannot run' : 'Tests that need them are skipped'
    console.error(`${consequence}; ${describe(missing)}.`)
    process.exitCode = purpose === 'demo' ? 1 : 0
  }
}
