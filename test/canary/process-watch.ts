import { readdirSync } from 'node:fs'
import { commandLine, readProcess } from '../acceptance/process-facts.ts'
import { type Canary, findCanary } from '../fixtures/canary.ts'

const intervalMs = 20

/** A canary, and the processes that were given it by whoever started them, which it is no fault of theirs to show. */
export interface WatchedCanary {
  readonly canary: Canary
  /** Whether a process may show it, going by its command line. */
  mayShow?(command: string): boolean
}

/** Looks again and again at the arguments and variables of every process that began after the watch. */
export class ProcessWatch implements Disposable {
  readonly #canaries: WatchedCanary[]
  readonly #old = new Set(processIds())
  readonly #timer: NodeJS.Timeout
  readonly #commands = new Set<string>()
  readonly #sightings = new Set<string>()
  /** What was looked through already, by process and file. */
  readonly #seen = new Map<string, Buffer>()

  constructor(canaries: readonly WatchedCanary[]) {
    this.#canaries = [...canaries]
    this.#timer = setInterval(() => this.#look(), intervalMs)
  }

  /** Command lines of the processes that were seen. */
  get commands(): ReadonlySet<string> {
    return this.#commands
  }

  /** Looks for one more canary from now on. */
  add(canary: WatchedCanary): void {
    this.#canaries.push(canary)
    this.#seen.clear()
  }

  /** What showed a canary since it was last asked: command, file and encoding. */
  takeSightings(): readonly string[] {
    this.#look()
    const sightings = [...this.#sightings]
    this.#sightings.clear()
    return sightings
  }

  #look(): void {
    for (const pid of processIds()) if (!this.#old.has(pid)) this.#lookAt(pid)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #lookAt(pid: number): void {
    const command = commandLine(pid)
    // It is about to begin, or over.
    if (command === '') return
    this.#commands.add(command.slice(0, 300))
    for (const file of ['cmdline', 'environ']) {
      const content = readProcess(pid, file)
      if (this.#seen.get(`${pid} ${file}`)?.equals(content)) continue
      this.#seen.set(`${pid} ${file}`, content)
      for (const { canary, mayShow } of this.#canaries) {
        if (mayShow?.(command)) continue
        const [encoding] = findCanary(content, canary)
        if (encoding !== undefined) this.#sightings.add(`${file} of ${command.slice(0, 120)}: ${encoding}`)
      }
    }
  }
}

function processIds(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}
