import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'
import type { LaunchedProcess } from '@coatcheck/launchers'
import type { CoatcheckClient, SandboxLease } from '@coatcheck/sdk'
import { BlockedHosts } from './blocked-hosts.ts'
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
 * @throws CoatcheckError `broker_unreachable` or `sandbox_expired` when the sandbox ended before its command
 */
export async function runInSandbox(parts: RunParts): Promise<RunResult> {
  const { client, sandboxId } = parts
  const lease = await client.sandboxes.lease(sandboxId)
  const over = new AbortController()
  const watch = new LeaseWatch(lease, () => over.abort())
  try {
    const launched = await parts.launch(over.signal)
    const restore = forwardSignals((signal) => launched.kill(signal), parts.hasTerminal)
    // SECURITY: a command does not outlive its way out; whoever took that away wants it to end.
    over.signal.addEventListener('abort', () => launched.kill('SIGKILL'), { once: true })
    if (over.signal.aborted) launched.kill('SIGKILL')
    const exitCode = await launched.exit.finally(restore)
    if (watch.failure !== undefined) throw watch.failure
    watch.endExpected = true
    await endSandbox(parts, exitCode)
    await Promise.race([watch.done, sleep(farewellMs, undefined, { ref: false })])
    return { exitCode, blocked: watch.blocked }
  } catch (error) {
    throw watch.failure ?? error
  } finally {
    lease.close()
  }
}

async function endSandbox({ client, sandboxId }: RunParts, exitCode: number): Promise<void> {
  try {
    await client.sandboxes.end(sandboxId)
  } catch (error) {
    // A broker that dies takes the command with it; one that was lost afterwards changes nothing about the result.
    if (exitCode === killedExitCode) throw error
  }
}

/** Follows a lease: collects refusals, and notices when the sandbox ends. */
class LeaseWatch {
  readonly blocked = new BlockedHosts()
  readonly done: Promise<void>
  /** Why the sandbox ended before we ended it. */
  failure: unknown
  endExpected = false

  constructor(lease: SandboxLease, ended: () => void) {
    this.done = this.#follow(lease)
      .catch((error: unknown) => {
        if (!this.endExpected) this.failure = error
      })
      .finally(ended)
  }

  async #follow(lease: SandboxLease): Promise<void> {
    for await (const event of lease.events) {
      if (event.kind === 'refused') this.blocked.add(event.row)
      else if (!this.endExpected) throw new CoatcheckError('sandbox_expired')
    }
  }
}
