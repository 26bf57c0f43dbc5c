import { isAbsolute, join } from 'node:path/posix'
import { CoatcheckError } from '@coatcheck/contract'
import type { HomeFile, LaunchSpec } from '../../launcher.ts'
import { isKnownArchitecture, seccompFilter } from '../seccomp/seccomp-filter.ts'
import { bundleLinks, bundlePath } from '../trust/ca-variables.ts'
import type { ShownMount } from '../workspace/prepare-workspace.ts'
import type { Protection } from '../workspace/protection.ts'
import { memoryFolders } from './limits.ts'
import { sandboxEnvironment } from './sandbox-environment.ts'
import { sandboxFiles, sandboxHome, sandboxHostname, sandboxUser } from './sandbox-files.ts'
import type { StagedData } from './staged-data.ts'
import { systemFolderArguments } from './system-folders.ts'

/** A mount, and the path under which bubblewrap finds it on the host. */
export interface PlacedMount extends ShownMount {
  readonly place: string
}

const ownFolders = ['/etc', '/etc/coatcheck', '/etc/pki', '/etc/ssl', '/etc/ssl/certs', '/home', '/var']

/**
 * Everything that bubblewrap is told, except the command. `data` receives the contents of files.
 * @throws CoatcheckError `launch_impossible`
 */
export function bwrapArguments(spec: LaunchSpec, mounts: readonly PlacedMount[], data: StagedData): string[] {
  const architecture: string = process.arch
  if (!isKnownArchitecture(architecture)) {
    throw new CoatcheckError('launch_impossible', { reason: `there is no system call filter for ${architecture}` })
  }
  const args = [
    ...namespaceArguments(spec.stdio),
    // bubblewrap makes missing parents of a file private; these are for every user inside.
    ...ownFolders.flatMap((path) => ['--perms', '0755', '--dir', path]),
    ...systemFolderArguments(),
    ...sandboxFiles(spec.resolverAddress, spec.caCertificate ?? '').flatMap(({ path, content }) =>
      cover(path, content, data),
    ),
    ...bundleLinks.flatMap((path) => ['--symlink', bundlePath, path]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(memoryFolders.tmp), '--tmpfs', '/tmp'],
    ...['--perms', '0755', '--size', String(memoryFolders.run), '--tmpfs', '/run'],
    ...[
      '--perms',
      '1777',
      '--size',
      String(memoryFolders.tmp),
      '--tmpfs',
      '/var/tmp',
      '--symlink',
      '../run',
      '/var/run',
    ],
    ...['--perms', '0700', '--size', String(memoryFolders.home), '--tmpfs', sandboxHome],
    // SECURITY: before the mounts, so that none of these is written through a mount into a file of the host.
    ...homeFileArguments(spec.homeFiles ?? [], data),
    ...mounts.flatMap((mount) => mountArguments(mount, data)),
    ...(spec.links ?? []).flatMap(({ path, target }) => ['--symlink', target, path]),
    ...['--remount-ro', '/', '--chdir', spec.cwd],
    ...Object.entries(sandboxEnvironment(spec.env)).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--seccomp', String(data.add(seccompFilter(architecture)))],
  ]
  // SECURITY: arguments travel separated by NUL, so one inside an argument would begin another.
  if (args.some((argument) => argument.includes('\0'))) {
    throw new CoatcheckError('launch_impossible', { reason: 'a path holds a NUL' })
  }
  return args
}

function namespaceArguments(stdio: LaunchSpec['stdio']): string[] {
  return [
    ...[
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
      '--disable-userns',
    ],
    ...['--uid', String(sandboxUser.id), '--gid', String(sandboxUser.id), '--hostname', sandboxHostname],
    ...['--die-with-parent', '--cap-drop', 'ALL', '--clearenv'],
    // With a terminal a new session would take away job control; the filter keeps the terminal safe then.
    ...(stdio === 'pipe' ? ['--new-session'] : []),
  ]
}

/** @throws CoatcheckError `launch_impossible` for a path that leads out of the home */
function homeFileArguments(files: readonly HomeFile[], data: StagedData): string[] {
  return files.flatMap(({ path, content, writable }) => {
    const target = join(sandboxHome, path)
    if (isAbsolute(path) || !target.startsWith(`${sandboxHome}/`)) {
      throw new CoatcheckError('launch_impossible', { reason: 'a file of the home would lie outside it' })
    }
    const descriptor = String(data.add(content))
    // Tools refuse credential files that others may read.
    if (writable === true) return ['--perms', '0600', '--file', descriptor, target]
    return ['--perms', '0400', '--ro-bind-data', descriptor, target]
  })
}

function mountArguments({ mount, place, writable, protections }: PlacedMount, data: StagedData): string[] {
  const at = (base: string, path: string) => (path === '' ? base : `${base}/${path}`)
  return [
    ...[writable ? '--bind' : '--ro-bind', place, mount.target],
    ...protections.flatMap(([path, protection]) =>
      protectionArguments(protection, at(place, path), at(mount.target, path), data),
    ),
  ]
}

function protectionArguments(protection: Protection, place: string, target: string, data: StagedData): string[] {
  switch (protection.kind) {
    case 'pin':
      return ['--bind', place, target]
    case 'freeze':
      return ['--ro-bind', place, target]
    case 'cover':
      return cover(target, protection.content, data)
    case 'veil':
      return ['--perms', '0555', '--tmpfs', target, '--remount-ro', target]
    case 'scratch':
      return ['--perms', '0755', '--tmpfs', target]
  }
}

function cover(target: string, content: string | Uint8Array, data: StagedData): string[] {
  return ['--perms', '0444', '--ro-bind-data', String(data.add(content)), target]
}
