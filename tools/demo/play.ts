import { dirname, join } from 'node:path'
import type { ActivityRow, AuditVerification } from '@coatcheck/contract'
import { repositoryRoot } from '../../test/fixtures/source-files.ts'
import type { Scene } from './scene.ts'

/** What one step inside the sandbox saw, as its script reports it. */
export interface Step {
  readonly step: string
  readonly exit?: number
  readonly status?: number
  readonly code?: string | null
  readonly answered?: boolean
  readonly output?: string
  readonly variables?: Readonly<Record<string, string>>
}

/** What one command in a sandbox left behind. */
export interface Act {
  readonly exit: number | null
  readonly stderr: string
  readonly steps: ReadonlyMap<string, Step>
}

/** All that the demo's facts are judged by. */
export interface Evidence {
  readonly work: Act
  readonly attack: Act
  /** Everything readable inside, as bytes. */
  readonly loot: Buffer
  readonly logs: readonly ActivityRow[]
  readonly logText: string
  readonly verification: AuditVerification
}

const inside = join(import.meta.dirname, 'inside')
const modules = join(repositoryRoot, 'node_modules')
const carriedNode = dirname(dirname(process.execPath))
const mounts = [inside, carriedNode, join(modules, 'openai'), join(modules, 'stripe')]
const actTimeoutMs = 90_000

async function runInSandbox({ coatcheck, secrets, workspace }: Scene, command: readonly string[]) {
  const grants = secrets.flatMap(({ env, name }) => ['--secret', `${env}=${name}`])
  const folders = mounts.flatMap((mount) => ['--mount', `${mount}:ro`])
  const args = ['run', '--profile', 'locked', ...grants, ...folders, '--', ...command]
  return await coatcheck.run(args, { cwd: workspace, timeoutMs: actTimeoutMs })
}

async function perform(scene: Scene, script: string, ...args: readonly string[]): Promise<Act> {
  const { code, stdout, stderr } = await runInSandbox(scene, ['/usr/bin/python3', join(inside, script), ...args])
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  const steps = lines.map((line) => JSON.parse(line) as Step)
  return { exit: code, stderr, steps: new Map(steps.map((step) => [step.step, step])) }
}

/** Lets the agent work, then attack, then carry off what it can read; and asks the broker what happened. */
export async function play(scene: Scene): Promise<Evidence> {
  const work = await perform(scene, 'work.py', process.execPath, join(inside, 'sdk.mjs'), modules)
  const attack = await perform(scene, 'attack.py')
  const loot = await runInSandbox(scene, ['/usr/bin/python3', join(inside, 'loot.py'), ...mounts])
  const logText = (await scene.coatcheck.run(['logs', '--json', '--limit', '1000'])).stdout
  const verification = await scene.coatcheck.json<AuditVerification>(['audit', 'verify'])
  return { work, attack, loot: loot.stdoutBytes, logs: JSON.parse(logText) as ActivityRow[], logText, verification }
}
