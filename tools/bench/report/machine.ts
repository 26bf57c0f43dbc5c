import { availableParallelism, cpus, loadavg, release } from 'node:os'

/** What figures depend on beside the programs. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  /** Without the name of its build. */
  readonly kernel: string
  readonly node: string
  /** Load averages over one minute, before the first scenario and after each. */
  readonly loads: readonly number[]
}

/** Describes this machine. */
export function describeMachine(loads: readonly number[]): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    kernel: /^\d+\.\d+(?:\.\d+)?/.exec(release())?.[0] ?? 'unknown',
    node: process.versions.node,
    loads,
  }
}

/** The load average of the last minute. */
export function presentLoad(): number {
  return loadavg()[0] ?? 0
}

/** Whether the machine had more to do than it has cores, so that the slowest percent says nothing about a peer. */
export function isBusy({ cores, loads }: Machine): boolean {
  return loads.some((load) => load > cores)
}
