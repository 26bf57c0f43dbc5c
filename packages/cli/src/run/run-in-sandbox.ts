import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError, type SandboxView } from '@coatcheck/contract'
import type { LaunchedProcess } from '@coatcheck/launchers'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { LeaseWatch, type RefusalTaker } from './lease-watch.ts'
import { forwardSignals } from './signals.ts'

/** How long the broker may take to tell the last refusals. */
const farewellMs = 3_000

/** 128 and SIGKILL: how a command ends whose gateway is gone. */
export const killedExitCode = 137

/** What holds a sandbox while its command runs. */
export interface RunParts {
  readonly client: CoatcheckClient
  readonly sandboxId: string
  readonly hasTerminal: boolean
  /** What becomes of refusals; nothing when absent. */
  readonly refusals?: RefusalTaker
  /** Starts the command; called once the sandbox is held. */
  launch(signal: AbortSignal): Promise<LaunchedProcess>
}

/**
 * Runs a command while its sandbox is held by a lease, and ends the sandbox afterwards. Gives the command's exit code.
 * @throws CoatcheckError `broker_unreachable`, `sandbox_ended` or `sandbox_expired` when the sandbox ended before its command
 */
export async function runInSandbox(parts: RunParts): Promise<number> {
  const { client, sandboxId } = parts
  const lease = await client.sandboxes.lease(sandboxId)
  const watch = new LeaseWatch(lease, parts.refusals)
  try {
    const exitCode = await superviseCommand(parts, watch.over)
    if (watch.failure !== undefined) throw watch.failure
    if (watch.over.aborted || exitCode === killedExitCode) demandActive(await client.sandboxes.get(sandboxId))
    watch.expectEnd()
    // One that is lost only now changes nothing about the result; letting go of the lease ends the sandbox as well.
    await client.sandboxes.end(sandboxId).catch(() => undefined)
    await Promise.race([watch.done, sleep(farewellMs, undefined, { ref: false })])
    return exitCode
  } catch (error) {
    throw watch.failure ?? error
  } finally {
    lease.close()
  }
}

/**
 * Starts a command, hands it the signals of this process, and ends it when `over` is aborted. Gives its exit code.
 * @throws CoatcheckError whatever keeps it from starting
 */
export async function superviseCommand(
  { launch, hasTerminal }: Pick<RunParts, 'launch' | 'hasTerminal'>,
  over: AbortSignal,
): Promise<number> {
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

/** @throws CoatcheckError `sandbox_ended` | `sandbox_expired` */
export function demandActive({ status, expiresAt }: SandboxView): void {
  if (status === 'active') return
  throw new CoatcheckError(Date.parse(expiresAt) <= Date.now() ? 'sandbox_expired' : 'sandbox_ended')
}
