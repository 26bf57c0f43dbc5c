import { readFileSync } from 'node:fs'

/** Processes between the chain and the command: bubblewrap outside, bubblewrap as process 1 inside, the command. */
const generations = 3

/**
 * Sends a signal to the command of a sandbox, given the process number of its chain. Returns false when the command
 * cannot be found, because it has ended or the kernel does not list children.
 */
export function signalCommand(chainPid: number, signal: NodeJS.Signals): boolean {
  let pid = chainPid
  for (let generation = 0; generation < generations; generation += 1) {
    const child = firstChild(pid)
    if (child === undefined) return false
    pid = child
  }
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function firstChild(pid: number): number | undefined {
  try {
    const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ')[0]
    return first === undefined || first === '' ? undefined : Number(first)
  } catch {
    return undefined
  }
}
