import { lstatSync, realpathSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import type { HostIdentity } from '../../gateway.ts'
import { requireProgram } from './programs.ts'

/**
 * Who sandboxes run as when the caller is root and the workspace gives no better answer. Between systemd's dynamic
 * users (up to 65519) and `nobody` (65534), so that no other service shares it.
 */
export const dedicatedIdentity: HostIdentity = { uid: 65525, gid: 65525 }

/** Whether this process is root on the host. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/**
 * Who a sandbox with this workspace runs as: the owner of the folder when the caller is root and the owner is not,
 * else a dedicated id; nothing when the caller is an ordinary user, whose sandboxes run as that user.
 * @throws CoatcheckError `mount_forbidden` when the folder does not exist
 */
export function hostIdentityFor(workspace: string): HostIdentity | undefined {
  if (!isRoot()) return undefined
  const { uid, gid } = ownerOf(workspace)
  if (uid === 0) return dedicatedIdentity
  return { uid, gid: gid === 0 ? uid : gid }
}

/**
 * Checks that privileges are dropped when there are any, and only then.
 * @throws CoatcheckError `launch_impossible`
 */
export function checkIdentity(runAs: HostIdentity | undefined): void {
  if (!isRoot()) {
    if (runAs !== undefined) throw impossible('only root can start a sandbox as another user')
    return
  }
  if (runAs === undefined) throw impossible('root must say whom the sandbox runs as')
  const ids = [runAs.uid, runAs.gid]
  // SECURITY: a sandbox never runs as root of the host, whatever its user namespace shows inside.
  if (!ids.every((id) => Number.isInteger(id) && id > 0 && id < 0xffff_ffff)) {
    throw impossible('the sandbox may not run as this user')
  }
}

/** Command line that becomes this identity for good and runs the rest; empty when there is nothing to drop. */
export function dropPrivileges(runAs: HostIdentity | undefined, ...more: readonly string[]): string[] {
  if (runAs === undefined) return more.length === 0 ? [] : [requireProgram('setpriv'), ...more]
  return [
    requireProgram('setpriv'),
    `--reuid=${runAs.uid}`,
    `--regid=${runAs.gid}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--bounding-set=-all',
    ...more,
  ]
}

function ownerOf(path: string): HostIdentity {
  try {
    return lstatSync(realpathSync(path))
  } catch (error) {
    throw new CoatcheckError('mount_forbidden', { path, reason: 'it does not exist' }, { cause: error })
  }
}

function impossible(reason: string): CoatcheckError {
  return new CoatcheckError('launch_impossible', { reason })
}
