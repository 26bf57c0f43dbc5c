import { type BigIntStats, lstatSync, realpathSync } from 'node:fs'
import { isAbsolute, normalize } from 'node:path'
import type { HostIdentity } from '../../gateway.ts'
import type { Mount } from '../../launcher.ts'
import { type ForbiddenPlaces, forbidden } from './forbidden-places.ts'
import { liesIn, selfAndAncestors } from './path-relation.ts'
import { statusOf } from './status-of.ts'

/** A mount that may be shown: its source is a real path, and it is known what lies there. */
export interface CheckedMount {
  /** Real absolute path on the host. */
  readonly source: string
  /** Normal absolute path inside. */
  readonly target: string
  readonly kind: 'directory' | 'file'
  readonly identity: string
  readonly writable: boolean
  /** Why a mount that was asked for as writable is not. */
  readonly readOnlyReason?: string
  readonly isTool?: boolean
}

/** Folders of the sandbox's own that a mount would replace. */
const ownTargets = ['/', '/home', '/tmp', '/usr', '/usr/local', '/usr/src', '/var']
const systemTargets = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
]
const openTargets = ['/usr/local', '/usr/src']

/**
 * Checks every mount, and orders them so that outer targets come first.
 * @throws CoatcheckError `mount_forbidden`
 */
export function checkMounts(
  mounts: readonly Mount[],
  places: ForbiddenPlaces,
  runAs: HostIdentity | undefined,
): CheckedMount[] {
  const checked = mounts.map((mount) => checkMount(mount, places, runAs))
  checked.sort((left, right) => left.target.length - right.target.length)
  for (const [index, mount] of checked.entries()) {
    for (const outer of checked.slice(0, index)) {
      if (mount.target === outer.target) throw forbidden(mount.source, 'another mount has the same target')
      if (liesIn(mount.target, outer.target)) checkNested(mount, outer)
    }
  }
  return checked
}

/**
 * Checks one mount by itself.
 * @throws CoatcheckError `mount_forbidden`
 */
export function checkMount(mount: Mount, places: ForbiddenPlaces, runAs: HostIdentity | undefined): CheckedMount {
  const target = checkTarget(mount.target ?? mount.source, mount.source)
  const source = realPath(mount.source)
  places.check(source)
  const status = lstatSync(source, { bigint: true })
  // SECURITY: a socket in a mount is a door to a service of the host, whatever network the sandbox is in.
  if (!status.isDirectory() && !status.isFile()) throw forbidden(source, 'it is neither a folder nor a plain file')
  if (runAs !== undefined && status.isDirectory() && !mayEnter(status, runAs)) {
    throw forbidden(source, `user ${runAs.uid}, as whom the sandbox runs, may not enter it`)
  }
  const foreign = mount.writable && runAs !== undefined && status.uid !== BigInt(runAs.uid)
  return {
    source,
    target,
    kind: status.isDirectory() ? 'directory' : 'file',
    identity: `${status.dev}:${status.ino}`,
    writable: mount.writable && !foreign,
    ...(foreign
      ? { readOnlyReason: `it belongs to user ${status.uid}, and the sandbox runs as user ${runAs.uid}` }
      : {}),
  }
}

/** What the mode of a folder says; an access list may say otherwise, and then bubblewrap does. */
function mayEnter({ mode, uid, gid }: BigIntStats, runAs: HostIdentity): boolean {
  const shift = uid === BigInt(runAs.uid) ? 6n : gid === BigInt(runAs.gid) ? 3n : 0n
  return ((mode >> shift) & 5n) === 5n
}

function checkTarget(target: string, source: string): string {
  if (!isAbsolute(source) || !isAbsolute(target) || target.includes('\0'))
    throw forbidden(source, 'it is not an absolute path')
  const normal = normalize(target).replace(/(?<=.)\/+$/, '')
  const system = systemTargets.some((folder) => liesIn(normal, folder))
  const closed = liesIn(normal, '/usr') && !openTargets.some((folder) => liesIn(normal, folder))
  if (ownTargets.includes(normal) || system || closed)
    throw forbidden(source, `${normal} inside belongs to the sandbox`)
  // Under /usr the host's own links apply, so that a target may turn out to be elsewhere.
  if (liesIn(normal, '/usr') && realPath(normal) !== normal) throw forbidden(source, `${normal} is a link`)
  return normal
}

/** SECURITY: an outer mount may hold a planted link where the inner target should be; nothing is mounted through it. */
function checkNested(inner: CheckedMount, outer: CheckedMount): void {
  const onHost = `${outer.source}${inner.target.slice(outer.target.length)}`
  const steps = selfAndAncestors(onHost).filter((step) => liesIn(step, outer.source))
  for (const step of steps) {
    const status = statusOf(step)
    const fits = step === onHost && inner.kind === 'file' ? status?.isFile() : status?.isDirectory()
    if (fits !== true) throw forbidden(inner.source, `${inner.target} does not exist in the mount around it`)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw forbidden(path, 'it does not exist')
  }
}
