import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../measure/pinned.ts'

/** What an origin is told before it listens. */
export interface NodeOriginOptions {
  readonly port: number
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** The only bearer token that is answered. */
  readonly credential: string
}

/** Starts the origin that speaks all of the bench’s exchanges, in a process of its own on `core`. */
export async function startNodeOrigin(options: NodeOriginOptions, core: number | undefined): Promise<Disposable> {
  const script = fileURLToPath(import.meta.resolve('./node-origin.child.ts'))
  const child = fork(script, [], { ...pinnedNode(core), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(options)
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the origin ended')))
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => undefined)
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') }
}
