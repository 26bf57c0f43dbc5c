import { CoatcheckError } from '@coatcheck/contract'
import type { LaunchedProcess, LaunchSpec } from '../launcher.ts'
import { checkIdentity } from './host/host-identity.ts'
import { requiredPrograms, requireProgram } from './host/programs.ts'
import { checkMounts } from './mount/checked-mount.ts'
import { checkTools } from './mount/checked-tools.ts'
import { ForbiddenPlaces } from './mount/forbidden-places.ts'
import { bwrapArguments } from './sandbox/bwrap-arguments.ts'
import { checkFence } from './sandbox/check-fence.ts'
import { chainDescriptors, entryChain, placeOf } from './sandbox/entry-chain.ts'
import { signalCommand } from './sandbox/signal-command.ts'
import { StagedData } from './sandbox/staged-data.ts'
import { type StartedCommand, startCommand } from './sandbox/start-command.ts'
import { splitCertificates } from './trust/ca-bundle.ts'
import { type PreparedWorkspace, prepareWorkspace } from './workspace/prepare-workspace.ts'

/**
 * Starts one command in a sandbox of its own.
 * @throws CoatcheckError `launch_impossible` | `mount_forbidden`
 */
export async function launchProcess(spec: LaunchSpec, signal: AbortSignal): Promise<LaunchedProcess> {
  if (signal.aborted) throw new CoatcheckError('launch_impossible', { reason: 'the launch was called off' })
  checkIdentity(spec.runAs)
  checkFence(spec.gatewayPid)
  demandAuthority(spec.caCertificate)
  // Before anything is announced: a sandbox that cannot be entered protects nothing.
  for (const name of requiredPrograms) requireProgram(name)
  const places = new ForbiddenPlaces(spec.forbiddenPaths)
  const asked = checkMounts(
    spec.mounts.filter(({ isTool }) => isTool !== true),
    places,
    spec.runAs,
  )
  const tools = checkTools(
    spec.mounts.filter(({ isTool }) => isTool === true),
    asked,
    places,
    spec.runAs,
  )
  const workspace = await prepareWorkspace([...asked, ...tools.checked], places, tools.leftOut)
  try {
    spec.prepared?.(workspace.report)
    const started = await start(spec, workspace, signal)
    return launched(started, workspace, signal)
  } catch (error) {
    await workspace.release()
    throw error
  }
}

/** A sandbox that trusts nobody would find every service broken, and its user would look for the fault there (AC-1.4). */
function demandAuthority(certificate: string | null): void {
  if (certificate === null || splitCertificates(certificate).length > 0) return
  throw new CoatcheckError('launch_impossible', { reason: 'the sandbox has no certificate authority to trust' })
}

function start(spec: LaunchSpec, workspace: PreparedWorkspace, signal: AbortSignal): Promise<StartedCommand> {
  const mounts = workspace.shown.map((shown, position) => ({ ...shown, place: placeOf(shown, position, spec) }))
  const data = new StagedData(chainDescriptors.firstData)
  const args = data.add(`${bwrapArguments(spec, mounts, data).join('\0')}\0`)
  return startCommand(entryChain(spec, workspace.shown, args), spec.stdio, data, signal)
}

function launched(started: StartedCommand, workspace: PreparedWorkspace, signal: AbortSignal): LaunchedProcess {
  const { child } = started
  const end = () => child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  const exit = started.exit.then(async (code) => {
    signal.removeEventListener('abort', end)
    await workspace.release()
    return code
  })
  const errors = (child.stdio as readonly unknown[])[chainDescriptors.commandErrors] as NodeJS.ReadableStream | null
  return {
    ...(child.stdin === null ? {} : { stdin: child.stdin }),
    ...(child.stdout === null ? {} : { stdout: child.stdout }),
    ...(errors === null ? {} : { stderr: errors }),
    workspace: workspace.report,
    exit,
    kill(name) {
      if (name === 'SIGKILL' || child.pid === undefined || !signalCommand(child.pid, name)) end()
    },
  }
}
