import type { LaunchSpec } from '../../launcher.ts'
import { dropPrivileges } from '../host/host-identity.ts'
import { requireProgram, systemPath } from '../host/programs.ts'
import type { ShownMount } from '../workspace/prepare-workspace.ts'
import { limitArguments } from './limits.ts'

/** Descriptors of the chain. Those up to 9 can be named in a shell; the rest are contents of files. */
export const chainDescriptors = { errors: 2, ready: 3, commandErrors: 4, firstData: 5 } as const

/** Where root binds the mounts, in a mount namespace of the chain's own, so that the dropped user can reach them. */
const placesFolder = '/run/coatcheck'

/** Ignored by the chain, so that only the command answers the terminal's keys; the command gets them back. */
const terminalSignals = 'INT QUIT TSTP'

const common = `PATH=${systemPath}
echo 1000 2>/dev/null >/proc/self/oom_score_adj || :
`

/** Arguments: source, identity, source, identity …, `--`, and the rest of the chain. */
const bindPlaces = `set -e
mkdir -p ${placesFolder}
mount -n -t tmpfs -o mode=0755,size=256k coatcheck ${placesFolder}
place=0
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "${placesFolder}/$place"; else : >"${placesFolder}/$place"; fi
  mount -n --rbind "$1" "${placesFolder}/$place"
  # SECURITY: the path may lead elsewhere since it was checked; the bound file itself cannot change any more.
  [ "$(stat -c %d:%i "${placesFolder}/$place")" = "$2" ] || { echo "$1 was moved away" >&2; exit 1; }
  place=$((place + 1))
  shift 2
done
shift
`

/** Inside: gives the command its own error stream, tells that the sandbox stands, and becomes the command. */
const enterCommand = `exec 2>&${chainDescriptors.commandErrors} ${chainDescriptors.commandErrors}>&-
echo >&${chainDescriptors.ready}
exec ${chainDescriptors.ready}>&-
exec "$@"`

/** Path under which bubblewrap finds the mount of this position. */
export function placeOf({ mount }: ShownMount, position: number, spec: LaunchSpec): string {
  return spec.runAs === undefined ? mount.source : `${placesFolder}/${position}`
}

/**
 * The command line that ends as the command in the sandbox. Root first binds the mounts where the dropped user can
 * reach them, and drops; then the chain joins the gateway, sets limits and lets bubblewrap, which reads its arguments
 * from the given descriptor, build the sandbox.
 */
export function entryChain(
  spec: LaunchSpec,
  mounts: readonly ShownMount[],
  argumentsDescriptor: number,
): [string, ...string[]] {
  const enter = [
    ...[requireProgram('env'), '-i'],
    ...dropPrivileges(spec.runAs, '--pdeathsig', 'KILL', '--'),
    ...[
      requireProgram('nsenter'),
      `--target=${spec.gatewayPid}`,
      '--user',
      '--net',
      '--pid',
      '--preserve-credentials',
      '--',
    ],
    // bubblewrap asks /proc about its children, by the numbers they have in the gateway's process namespace.
    ...[requireProgram('unshare'), '--mount', '--mount-proc', '--'],
    ...[requireProgram('prlimit'), ...limitArguments(), '--'],
    ...[requireProgram('bwrap'), '--args', String(argumentsDescriptor), '--'],
    ...['/usr/bin/env', `--default-signal=${terminalSignals.replaceAll(' ', ',')}`],
    ...['/bin/sh', '-c', enterCommand, 'sh', ...spec.command],
  ]
  const shell = requireProgram('sh')
  // SECURITY: `env -i` last, because a shell exports its working directory, and bubblewrap's own environment can be read inside.
  const ignore = spec.stdio === 'inherit' ? `trap '' ${terminalSignals}\n` : ''
  if (spec.runAs === undefined) return [shell, '-c', `${common}${ignore}exec "$@"`, 'sh', ...enter]
  const sources = mounts.flatMap(({ mount }) => [mount.source, mount.identity])
  return [
    ...[requireProgram('unshare'), '--mount', '--propagation', 'private', '--'],
    ...[shell, '-c', `${common}${ignore}${bindPlaces}exec "$@"`, 'sh', ...sources, '--', ...enter],
  ] as [string, ...string[]]
}
