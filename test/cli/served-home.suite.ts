import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'

/** A home with a secret in it, and a broker that serves it. */
export interface ServedHome extends AsyncDisposable {
  readonly path: string
  readonly coatcheck: CoatcheckCommand
  readonly serve: ChildProcess
}

/** Makes a home with the secrets `stripe` and `wiki`, and serves it. */
export async function makeServedHome(args: readonly string[] = []): Promise<ServedHome> {
  const home = makeTemporaryHome()
  const coatcheck = makeCoatcheckCommand(home.path)
  const [program = '', ...words] = [...coatcheck.argv, 'serve', ...args]
  const serve = spawn(program, words, { env: coatcheck.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(serve, 'exit')
  await Promise.race([once(serve.stdout, 'data'), exit.then(([code]) => assert.fail(`serve ended with ${code}`))])
  const stdin = makeCanary('sk_live_').value
  for (const [name, ...where] of [
    ['stripe', '--provider', 'stripe'],
    ['wiki', '--to', 'wiki.example.com', '--inject', 'bearer'],
  ]) {
    const { code, stderr } = await coatcheck.run(['secret', 'create', name ?? '', ...where], { stdin })
    assert.equal(code, 0, stderr)
  }
  return {
    path: home.path,
    coatcheck,
    serve,
    async [Symbol.asyncDispose]() {
      serve.kill('SIGTERM')
      await exit
      home[Symbol.dispose]()
    },
  }
}
