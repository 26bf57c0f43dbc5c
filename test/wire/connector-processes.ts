import { readFileSync } from 'node:fs'

/** Processes that serve grants of a broker in this process. */
export function connectorProcesses(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ')
  return children
    .map((text) => text.trim())
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('connector-process'))
}

/** Memory of the largest of them, in kilobytes. */
export function connectorMemory(): number {
  const sizes = connectorProcesses().map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]),
  )
  return Math.max(...sizes)
}
