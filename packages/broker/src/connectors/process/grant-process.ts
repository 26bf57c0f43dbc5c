import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FromProcess, ToProcess } from './messages.ts'

/** Memory of one process, in megabytes; what it carries lies outside of it, in buffers. */
const maxHeapMb = 256

/** What the broker does about what the process says. */
export interface GrantProcessEvents {
  heard(message: FromProcess): void
  /** Called once, when the process is gone, whatever ended it. */
  gone(): void
}

/**
 * The process that serves the connections of one grant. SECURITY: what reads hostile bytes has one secret, and only from a login
 * on. It has no environment, no arguments, no files but its own code, no way to start a program and, from Node 25 on, none to open a
 * connection.
 */
export class GrantProcess {
  readonly #child: ChildProcess
  readonly #gone = Promise.withResolvers<void>()
  #isGone = false

  constructor(events: GrantProcessEvents) {
    this.#child = fork(entryFile(), [], {
      cwd: '/',
      env: {},
      execArgv: flags(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message) => events.heard(message as FromProcess))
    const gone = (): void => {
      if (this.#isGone) return
      this.#isGone = true
      this.#gone.resolve()
      events.gone()
    }
    this.#child.once('exit', gone).once('error', gone)
  }

  /** Resolves when it is. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /** Sends a message, and a socket beside it, which this process then has no more part in. */
  send(message: ToProcess, socket?: Socket): void {
    const sent = (): void => {
      socket?.destroy()
      // It may have waited for the ones before it, so it is overwritten no earlier.
      if (message.type === 'reached') message.secret.fill(0)
    }
    if (this.#isGone || !this.#child.connected) sent()
    // What cannot be sent any more shows as the end of the process.
    else this.#child.send(message, socket, sent)
  }

  /** Ends it as it stands; every connection that it has is closed by that. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

function entryFile(): string {
  return fileURLToPath(import.meta.resolve('@coatcheck/broker/connector'))
}

function flags(): string[] {
  const entry = entryFile()
  const isSource = entry.endsWith('.ts')
  // The manifest of the package is read too, and, for sources, those of the packages beside it.
  const readable = isSource ? join(import.meta.dirname, '../../../../..') : join(dirname(entry), '..')
  return [
    ...['--permission', `--allow-fs-read=${readable}`, '--disable-sigusr1', '--no-warnings'],
    ...[`--max-old-space-size=${maxHeapMb}`, '--max-semi-space-size=2'],
    // SECURITY: flags of this process are not handed on; without the condition, packages resolve to what was compiled.
    ...(isSource ? ['--conditions=source'] : []),
  ]
}
