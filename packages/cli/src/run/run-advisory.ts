import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoatcheckError, type CreatedSandbox } from '@coatcheck/contract'
import type { LaunchedProcess } from '@coatcheck/launchers'
import { callerRoots } from './caller-roots.ts'
import { computedNoProxy } from './computed-no-proxy.ts'
import { nodeVariables } from './node-variables.ts'

/** What a command runs with when nothing keeps it from going round the broker. */
export interface AdvisoryCommand {
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  readonly sandbox: CreatedSandbox
  /** The caller's variables, and those that the command gets of them, placeholders included. */
  readonly user: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** Told of entries of `NO_PROXY` that would have led past the broker. */
  onDropped(entries: readonly string[]): void
}

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']

/** Said before every run without a fence. */
export const advisoryWarning =
  'advisory: the sandbox can bypass the broker; it runs as you, sees your files, and only its variables point to the broker'

/**
 * Starts a command beside the broker instead of in a sandbox: placeholders, proxy and trust are variables, and nothing
 * keeps it to them.
 * @throws CoatcheckError `launch_impossible`
 */
export async function runAdvisory(options: AdvisoryCommand, signal: AbortSignal): Promise<LaunchedProcess> {
  const { proxyUrl, ca } = options.sandbox.connect
  if (proxyUrl === undefined) {
    const missing = 'The broker that serves this home has no listener for it: start it with --proxy 127.0.0.1:7071.'
    throw new CoatcheckError('launch_impossible', { missing })
  }
  const { caVariables, gitVariables, systemRoots } = await import('@coatcheck/launchers')
  const destinations = options.sandbox.grants.flatMap(({ to }) => to)
  const noProxy = computedNoProxy(options.user['NO_PROXY'] ?? options.user['no_proxy'], destinations)
  if (noProxy.dropped.length > 0) options.onDropped(noProxy.dropped)
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const files = { bundle: join(folder, 'ca-bundle.pem'), authority: join(folder, 'ca.pem') }
  writeFileSync(files.authority, ca, { mode: 0o600 })
  writeFileSync(files.bundle, `${[...systemRoots(), callerRoots(options.user), ca].join('\n')}\n`, { mode: 0o600 })
  const env = {
    ...(options.user['HOME'] === undefined ? {} : { HOME: options.user['HOME'] }),
    ...gitVariables,
    ...options.env,
    ...Object.fromEntries(proxyNames.map((name) => [name, proxyUrl])),
    NO_PROXY: noProxy.value,
    no_proxy: noProxy.value,
    ...nodeVariables(options.env['NODE_OPTIONS']),
    ...caVariables(files),
  }
  const [program, ...args] = options.command
  const child = spawn(program, args, { cwd: options.cwd, env, stdio: 'inherit' })
  const end = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  const exit = new Promise<number>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? 127 : 126))
    child.once('exit', (code, killedBy) => resolve(code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy])))
  }).finally(() => {
    signal.removeEventListener('abort', end)
    rmSync(folder, { recursive: true, force: true })
  })
  const workspace = { masked: [], readOnly: [], tools: [], toolsLeftOut: [] }
  return { workspace, exit, kill: (name) => void child.kill(name) }
}
