import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Stage } from './stage.ts'

const waitAttempts = 1200
const pauseMs = 25
const mark = '@@ done'

/** Reads lines and runs each as a script. */
const obey = `while read -r line; do eval "$line" </dev/null; echo "${mark}"; done`

/** A sandbox that stays, and does what it is told. */
export interface LiveSandbox {
  /** Runs a line of shell, and gives back what it wrote. */
  do(line: string): Promise<string>
  /** Begins a line of shell whose end nobody waits for. */
  begin(line: string): void
  /** Closes its input, and waits until it is gone. */
  end(): Promise<void>
}

/**
 * Starts a sandbox with the placeholder of `key` in `KEY`. The stage hears all that it says.
 * @param grants in its place, as `run` takes them
 */
export async function startLiveSandbox(stage: Stage, grants: readonly string[] = ['KEY=key']): Promise<LiveSandbox> {
  const { coatcheck, folder } = stage.caller
  const command = [
    'run',
    '--profile',
    'locked',
    ...grants.flatMap((grant) => ['--secret', grant]),
    '--',
    'sh',
    '-c',
    obey,
  ]
  const [program = '', ...args] = [...coatcheck.argv, ...command]
  const child = spawn(program, args, { cwd: folder, env: coatcheck.env, stdio: 'pipe' })
  const exit = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  }
  child.stdin.on('error', () => {})
  const live: LiveSandbox = {
    begin: (line) => void child.stdin.write(`${line}\n`),
    async do(line) {
      const from = said.length
      live.begin(line)
      for (let attempt = 0; attempt < waitAttempts && !said.slice(from).includes(mark); attempt += 1) {
        if (child.exitCode !== null) throw new Error(`the sandbox ended: ${said}`)
        await delay(pauseMs)
      }
      return said.slice(from)
    },
    async end() {
      child.stdin.end()
      await exit
      stage.hear('a live sandbox', said)
    },
  }
  await live.do('true')
  return live
}
