import { readFileSync } from 'node:fs'

/** Processes that serve grants of the broker in this process, the oldest first. */
export function connectorProcesses(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')
  return children
    .filter(Boolean)
    .map(Number)
    .filter((pid) => commandOf(pid).includes('connector-process'))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has just ended.
    return ''
  }
}

/** Memory of the largest of them, in kilobytes. */
export function connectorMemory(): number {
  const sizes = connectorProcesses().map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]),
  )
  return Math.max(...sizes)
}
