import { readFileSync } from 'node:fs'

/** Names this process, so that a later one with the same number is not taken for it: `pid:start`. */
export function ownProcessMark(): string {
  return `${process.pid}:${startOf(String(process.pid)) ?? ''}`
}

/** Whether the process of a mark still runs. Where that cannot be seen, it is taken to. */
export function isProcessAlive(mark: string): boolean {
  const [pid = '', start = ''] = mark.split(':')
  if (start === '') return true
  return startOf(pid) === start
}

/** Field 22 of `/proc/PID/stat`, in clock ticks since boot; undefined when there is no such process. */
function startOf(pid: string): string | undefined {
  if (!/^[0-9]+$/.test(pid)) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in brackets and may hold spaces and brackets itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    // Gone, or a system without /proc; `ownProcessMark` then has no start, and everything counts as alive.
    return undefined
  }
}
