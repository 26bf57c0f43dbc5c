import { homedir } from 'node:os'
import type { Home } from '@coatcheck/broker/home'
import { CoatcheckError, type CreatedSandbox } from '@coatcheck/contract'
import type { HomeFile, HostIdentity, LaunchedProcess, Launcher, Mount, WorkspaceReport } from '@coatcheck/launchers'
import { callerRoots } from './caller-roots.ts'
import { keptApart } from './kept-apart.ts'
import { missingProgramHint } from './missing-program-hint.ts'
import { mountsFor } from './mounts.ts'
import { type FoundTools, findTools, noTools } from './tools/find-tools.ts'

/** What a person wants to run, and where. */
export interface CommandWish {
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  readonly home: Home
  /** Who it runs as, where the caller is root. */
  readonly identity: HostIdentity | undefined
  /** Folders to show beside the working directory, as `--mount` has them. */
  readonly mounts: readonly string[]
  readonly user: Readonly<Record<string, string>>
}

/** What the command finds in its sandbox. */
export interface InsideCommand {
  readonly env: Readonly<Record<string, string>>
  readonly homeFiles: readonly HomeFile[]
}

/** A command on its way into a fenced sandbox. */
export class FencedCommand {
  readonly #wish: CommandWish
  readonly #mounts: readonly Mount[]
  #tools: FoundTools = noTools
  #leftOut: readonly string[] = []

  constructor(wish: CommandWish) {
    this.#wish = wish
    this.#mounts = mountsFor(wish.cwd, wish.mounts)
  }

  /** Looks up what the programs of the caller's PATH need, so that the sandbox is shown it. */
  findTools(): void {
    const { command, cwd, user } = this.#wish
    const home = user['HOME'] ?? homedir()
    this.#tools = findTools({ program: command[0], user, home, cwd, mounts: this.#mounts })
  }

  /**
   * Starts the command; `announce` is called once with what was hidden and shown, before that.
   * @throws CoatcheckError `launch_impossible` | `mount_forbidden`
   */
  launch(
    launcher: Launcher,
    { connect }: CreatedSandbox,
    inside: InsideCommand,
    signal: AbortSignal,
    announce: (workspace: WorkspaceReport) => void,
  ): Promise<LaunchedProcess> {
    const { command, cwd, home, identity, user } = this.#wish
    const { ca, gateway } = connect
    if (gateway === undefined) throw new CoatcheckError('launch_impossible', { reason: 'the broker opened no gateway' })
    const spec = {
      gatewayPid: gateway.pid,
      resolverAddress: gateway.resolverAddress,
      caCertificate: ca + callerRoots(user),
      forbiddenPaths: keptApart(home),
      stdio: 'inherit' as const,
      ...(identity === undefined ? {} : { runAs: identity }),
      command,
      env: { ...this.#tools.env, ...inside.env },
      homeFiles: inside.homeFiles,
      cwd,
      mounts: [...this.#mounts, ...this.#tools.mounts],
      links: this.#tools.links,
      prepared: (workspace: WorkspaceReport) => {
        this.#leftOut = workspace.toolsLeftOut
        announce(workspace)
      },
    }
    return launcher.launch(spec, signal)
  }

  /** What to say when the sandbox did not find the program. */
  hints(): readonly string[] {
    const { command, user } = this.#wish
    return missingProgramHint(command[0], user, { refused: this.#tools.refused, leftOut: this.#leftOut })
  }
}
