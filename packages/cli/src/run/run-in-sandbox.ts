import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError, type SandboxView } from '@coatcheck/contract'
import type { LaunchedProcess } from '@coatcheck/launchers'
import type { CoatcheckClient } from '@coatcheck/sdk'
import type { BlockedHosts } from './blocked-hosts.ts'
import { LeaseWatch } from './lease-watch.ts'
import { forwardSignals } from './signals.ts'

/** How long the broker may take to tell the last refusals. */
const farewellMs = 3_000

/** 128 and SIGKILL: how a command ends whose gateway is gone. */
const killedExitCode = 137

/** How a command in a sandbox ended. */
export interface RunResult {
  readonly exitCode: number
  readonly blocked: BlockedHosts
}

/** What holds a sandbox while its command runs. */
export interface RunParts {
  readonly client: CoatcheckClient
  readonly sandboxId: string
  readonly hasTerminal: boolean
  /** Starts the command; called once the sandbox is held. */
  launch(signal: AbortSignal): Promise<LaunchedProcess>
}

/**
 * Runs a command while its sandbox is held by a lease, and ends the sandbox afterwards.
 * @throws CoatcheckError `broker_unreachable`, `sandbox_ended` or `sandbox_expired` when the sandbox ended before its command
 */
export async function runInSandbox(parts: RunParts): Promise<RunResult> {
  const { client, sandboxId } = parts
  const lease = await client.sandboxes.lease(sandboxId)
  const watch = new LeaseWatch(lease)
  try {
    const exitCode = await runCommand(parts, watch.over)
    if (watch.failure !== undefined) throw watch.failure
    if (watch.over.aborted || exitCode === killedExitCode) demandActive(await client.sandboxes.get(sandboxId))
    watch.expectEnd()
    // One that is lost only now changes nothing about the result; letting go of the lease ends the sandbox as well.
    await client.sandboxes.end(sandboxId).catch(() => undefined)
    await Promise.race([watch.done, sleep(farewellMs, undefined, { ref: false })])
    return { exitCode, blocked: watch.blocked }
  } catch (error) {
    throw watch.failure ?? error
  } finally {
    lease.close()
  }
}

async function runCommand({ launch, hasTerminal }: RunParts, over: AbortSignal): Promise<number> {
  let launched: LaunchedProcess | undefined
  let early: NodeJS.Signals | undefined
  const restore = forwardSignals((signal) => {
    if (launched === undefined) early = signal
    else launched.kill(signal)
  }, hasTerminal)
  try {
    launched = await launch(over)
    if (early !== undefined) launched.kill(early)
    // SECURITY: a command does not outlive its way out; whoever took that away wants it to end.
    const end = (): void => launched?.kill('SIGKILL')
    over.addEventListener('abort', end, { once: true })
    if (over.aborted) end()
    return await launched.exit
  } finally {
    restore()
  }
}

function demandActive({ status, expiresAt }: SandboxView): void {
  if (status === 'active') return
  throw new CoatcheckError(Date.parse(expiresAt) <= Date.now() ? 'sandbox_expired' : 'sandbox_ended')
}
