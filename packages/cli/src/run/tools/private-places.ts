import { isWithin } from './is-within.ts'

/** Folders of a home in which people and programs keep what is nobody else's business. */
const privateFolders = `
  .ssh .gnupg .aws .azure .kube .docker .config .password-store .mozilla .thunderbird .cache .netlify .oci .terraform.d
  .local/share/keyrings .local/share/kwalletd .local/state .coatcheck .claude/projects .claude/todos .codex/sessions
  Desktop Documents Downloads Music Pictures Public Templates Videos Library
`
  .trim()
  .split(/\s+/)

/** Folders that belong to the whole machine, too broad to be somebody's installation. */
const broadFolders = ['/', '/home', '/media', '/mnt', '/nix', '/opt', '/root', '/snap', '/srv', '/tmp', '/usr', '/var']

/** Folders of a home that hold programs of many kinds beside what those programs keep. */
const sharedPrefixes = ['.local', '.local/share', '.local/lib', '.local/opt', 'go', 'lib', 'opt', 'tools', 'apps']

/** Homes of other people, and of the caller under another name. */
const anyHome = /^(?:\/(?:var\/)?home\/[^/]+|\/root|\/Users\/[^/]+)(?=\/|$)/

/** Whether a folder holds much beside anything that one looks for in it. */
export function isBroad(folder: string, home: string): boolean {
  return isWithin(home, folder) || broadFolders.includes(folder) || anyHome.exec(folder)?.[0] === folder
}

/**
 * Whether something of the host may be shown to a sandbox because a program is there, without being asked.
 * SECURITY: a home, what lies above it, and what people keep secret is never shown that way.
 */
export function mayShowUnasked(path: string, home: string): boolean {
  if (isBroad(path, home)) return false
  const around = homeAround(path, home)
  if (around === undefined) return true
  return !privateFolders.some((name) => isWithin(path, `${around}/${name}`) || isWithin(`${around}/${name}`, path))
}

/** Whether several installations share a folder, so that `bin` in it is all that belongs to one program. */
export function isSharedPrefix(folder: string, home: string): boolean {
  if (isBroad(folder, home) || folder === '/usr/local') return true
  const around = homeAround(folder, home)
  if (around === undefined) return false
  const name = folder.slice(around.length + 1)
  return sharedPrefixes.includes(name) || !name.includes('/')
}

function homeAround(path: string, home: string): string | undefined {
  return isWithin(path, home) ? home : anyHome.exec(path)?.[0]
}
