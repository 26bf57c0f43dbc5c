import { spawn } from 'node:child_process'
import type { Blocked } from './blocked-hosts.ts'

const pauseMs = 2_000

/** Where refusals are told while the command runs. */
export interface LivePlace {
  /** The terminal. */
  readonly terminal: NodeJS.WritableStream & { readonly fd?: number }
  tell(blocked: Blocked): void
}

/**
 * Tells of a refusal as it happens, at most one every two seconds, and none while the command draws on the whole screen:
 * a line in between would spoil its picture. The rest is told at the end.
 */
export class LiveRefusals {
  readonly #place: LivePlace
  #quietUntilMs = 0

  constructor(place: LivePlace) {
    this.#place = place
  }

  /** Takes a refusal that is the first of its kind. */
  async report(blocked: Blocked): Promise<void> {
    const nowMs = performance.now()
    if (nowMs < this.#quietUntilMs) return
    this.#quietUntilMs = nowMs + pauseMs
    if (await takesLines(this.#place.terminal.fd)) this.#place.tell(blocked)
  }
}

/** Whether a terminal hands on whole lines; programs that draw switch that off. */
function takesLines(descriptor: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const stty = spawn('/usr/bin/stty', ['-a'], {
      stdio: [descriptor ?? 'ignore', 'pipe', 'ignore'],
      env: {},
      cwd: '/',
    })
    let settings = ''
    stty.stdout?.setEncoding('utf8').on('data', (text: string) => {
      settings += text
    })
    stty.once('error', () => resolve(false))
    stty.once('close', () => resolve(/(?:^|\s)icanon\b/.test(settings)))
  })
}
