import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import type { Stage } from './stage.ts'

/** A further home of the caller of a stage, beside the first. */
export interface SecondHome {
  readonly env: Readonly<Record<string, string>>
  readonly socketPath: string
  /** Runs a command that must end with this code. */
  done(code: number, args: readonly string[], stdin?: string, more?: Readonly<Record<string, string>>): Promise<string>
}

/** The home of this name; nothing is made yet. */
export function secondHome(stage: Stage, name: string): SecondHome {
  const home = join(dirname(stage.caller.home), name)
  const env = { COATCHECK_HOME: home }
  return {
    env,
    socketPath: join(home, 'run', 'broker.sock'),
    async done(code, args, stdin = '', more = {}) {
      const result = await stage.command(args, { stdin, env: { ...env, ...more } })
      assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
      return result.stdout
    },
  }
}
