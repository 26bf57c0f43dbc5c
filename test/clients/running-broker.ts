import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { CoatcheckCommand } from '../fixtures/coatcheck-command.ts'

/** A `coatcheck serve` that every command of its home finds; it stops when it is disposed of. */
export interface RunningBroker extends AsyncDisposable {
  readonly socketPath: string
}

/** Starts a broker with further options of `serve`, and waits until its doors are open. */
export async function startBroker(
  { argv, env }: CoatcheckCommand,
  options: readonly string[] = [],
): Promise<RunningBroker> {
  const [program = '', ...args] = [...argv, 'serve', '--json', ...options]
  const child = spawn(program, args, { cwd: '/', env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exit])) as [unknown]
  if (typeof line !== 'string') throw new Error(`coatcheck serve ended with ${line}`)
  return {
    ...(JSON.parse(line) as { socketPath: string }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exit
    },
  }
}
