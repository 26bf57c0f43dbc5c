import { readdirSync } from 'node:fs'
import { readProcess } from '../acceptance/process-facts.ts'
import type { Canary } from '../fixtures/canary.ts'
import { CanarySearch } from '../fixtures/canary-search.ts'

const intervalMs = 20
/** A process becomes what it is soon after it began; later it is looked at now and then. */
const earlyLooks = 50
const laterEvery = 25

/** A canary, and the processes that were given it by whoever started them, which it is no fault of theirs to show. */
export interface WatchedCanary {
  readonly canary: Canary
  /** Whether a process may show it, going by its command line. */
  mayShow?(command: string): boolean
}

/** Looks again and again at the arguments and variables of every process that began after the watch. */
export class ProcessWatch implements Disposable {
  readonly #search: CanarySearch
  readonly #exempt = new Map<Canary, NonNullable<WatchedCanary['mayShow']>>()
  readonly #old = new Set(processIds())
  readonly #timer: NodeJS.Timeout
  readonly #commands = new Set<string>()
  readonly #sightings = new Set<string>()
  /** What was looked through already, by process and file. */
  readonly #seen = new Map<string, Buffer>()
  /** Whether nothing was looked through yet for the newest canary. */
  #isStale = false
  /** How often a process was met. */
  readonly #met = new Map<number, number>()

  constructor(canaries: readonly WatchedCanary[]) {
    this.#search = new CanarySearch()
    for (const each of canaries) this.add(each)
    this.#timer = setInterval(() => this.#look(), intervalMs)
  }

  /** Command lines of the processes that were seen. */
  get commands(): ReadonlySet<string> {
    return this.#commands
  }

  /** Looks for one more canary from now on. */
  add({ canary, mayShow }: WatchedCanary): void {
    this.#search.add(canary)
    if (mayShow !== undefined) this.#exempt.set(canary, mayShow)
    this.#seen.clear()
    this.#isStale = true
  }

  /** What showed a canary since it was last asked: command, file and encoding. */
  takeSightings(): readonly string[] {
    this.#look(true)
    const sightings = [...this.#sightings]
    this.#sightings.clear()
    return sightings
  }

  #look(all = this.#isStale): void {
    this.#isStale = false
    const present = new Set(processIds())
    // Numbers are given out again.
    for (const pid of this.#met.keys()) if (!present.has(pid)) this.#met.delete(pid)
    for (const pid of present) {
      if (this.#old.has(pid)) continue
      const met = this.#met.get(pid) ?? 0
      this.#met.set(pid, met + 1)
      if (all || met < earlyLooks || met % laterEvery === 0) this.#lookAt(pid)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #lookAt(pid: number): void {
    const cmdline = readProcess(pid, 'cmdline')
    // It is about to begin, or over.
    if (cmdline.length === 0) return
    const command = cmdline.toString('latin1').replaceAll('\0', ' ')
    this.#commands.add(command.slice(0, 300))
    for (const [file, content] of [
      ['cmdline', cmdline],
      ['environ', readProcess(pid, 'environ')],
    ] as const) {
      if (this.#seen.get(`${pid} ${file}`)?.equals(content)) continue
      this.#seen.set(`${pid} ${file}`, content)
      for (const { canary, encoding } of this.#search.find(content)) {
        if (this.#exempt.get(canary)?.(command) === true) continue
        this.#sightings.add(`${file} of ${command.slice(0, 120)}: ${encoding}`)
      }
    }
  }
}

function processIds(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}
