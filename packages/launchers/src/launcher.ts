import type { HostIdentity } from './gateway.ts'

/** A folder of the host that a sandbox sees. */
export interface Mount {
  /** Absolute path on the host. */
  readonly source: string
  /** Absolute path inside; the same as `source` when absent. */
  readonly target?: string
  readonly writable: boolean
  /** Shows programs of the host: read-only, and left out where it cannot be shown. */
  readonly isTool?: boolean
}

/** A symbolic link that a sandbox has beside its mounts. */
export interface LinkInside {
  /** Absolute path inside, outside every mount. */
  readonly path: string
  readonly target: string
}

/** A file that a sandbox finds in its own home, which no file of the host is. */
export interface HomeFile {
  /** Below the home inside. */
  readonly path: string
  readonly content: string
  /** A copy that the sandbox may change; read-only when absent. */
  readonly writable?: boolean
}

/** What a launcher needs to start one command in a sandbox. */
export interface LaunchSpec {
  /** Process of the gateway whose namespaces are joined. */
  readonly gatewayPid: number
  /** Address that the gateway's resolver answers on. */
  readonly resolverAddress: string
  /** Required when the caller is root. */
  readonly runAs?: HostIdentity
  /** Program and arguments; the program is looked up in the sandbox's PATH. */
  readonly command: readonly [string, ...string[]]
  /** The whole environment inside; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Certificate of the sandbox's own authority, PEM; null where a sandbox is to trust none, as in a trial. */
  readonly caCertificate: string | null
  readonly mounts: readonly Mount[]
  readonly links?: readonly LinkInside[]
  /** What a mount covers is not seen. */
  readonly homeFiles?: readonly HomeFile[]
  /** Working directory inside. */
  readonly cwd: string
  /** Folders that no mount may contain, nor lie in: the vault, the key, the sockets. */
  readonly forbiddenPaths: readonly string[]
  /** Called once with what was hidden or protected, before the command starts. */
  readonly prepared?: (workspace: WorkspaceReport) => void
  /**
   * `inherit` gives the command the caller's terminal: its keys reach caller and command alike, so the caller must not
   * die of SIGINT and SIGQUIT. `pipe` hands the command's streams to the caller.
   */
  readonly stdio: 'inherit' | 'pipe'
}

/** Whether a launcher can work on this host, found out by trying. */
export interface LauncherProbe {
  readonly ok: boolean
  /** `kernel`: a program inside cannot bypass the broker, whatever it does. */
  readonly fence: 'kernel' | 'none'
  /** One sentence for each requirement that is missing, saying what to install or allow. */
  readonly missing: readonly string[]
}

/** What was hidden or protected in a workspace, for the line that `run` prints. */
export interface WorkspaceReport {
  /**
   * Paths whose content was replaced, relative to the workspace. A mask lies on the file that is there at the start: one
   * that the host puts in its place while the sandbox runs is seen.
   */
  readonly masked: readonly string[]
  /** Mounts that were asked for as writable and are read-only, each with the reason. */
  readonly readOnly: readonly string[]
  /** Folders and files that are shown for the programs in them. */
  readonly tools: readonly string[]
  /** Those that could not be shown, each with the reason. */
  readonly toolsLeftOut: readonly string[]
}

/** A command running in a sandbox. */
export interface LaunchedProcess {
  /** Present with `stdio: 'pipe'`. */
  readonly stdin?: NodeJS.WritableStream
  readonly stdout?: NodeJS.ReadableStream
  readonly stderr?: NodeJS.ReadableStream
  readonly workspace: WorkspaceReport
  /** Exit code as a shell reports it: 128 + signal when killed, 127 when the command was not found. */
  readonly exit: Promise<number>
  /** `SIGKILL` ends every process of the sandbox; any other signal goes to the command, and all ends when that does. */
  kill(signal: NodeJS.Signals): void
}

/** Starts a command in a sandbox whose only way out is the broker. */
export interface Launcher {
  readonly name: string
  probe(): Promise<LauncherProbe>
  /** @throws CoatcheckError `launch_impossible` | `mount_forbidden` */
  launch(spec: LaunchSpec, signal: AbortSignal): Promise<LaunchedProcess>
}
