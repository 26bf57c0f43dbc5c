import { readdirSync, readFileSync } from 'node:fs'

/** One process as `/proc` shows it. */
interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  /** User and system time of the process, and of the children that it has waited for. */
  readonly cpuSeconds: number
}

/** Linux reports times to programs in hundredths of a second on every architecture (USER_HZ). */
const ticksPerSecond = 100

/** Takes a line of `/proc/<pid>/stat` apart; undefined when it is none. */
export function parseProcessStat(line: string): ProcessFacts | undefined {
  // The name of a program may hold spaces and parentheses.
  const end = line.lastIndexOf(')')
  const fields = line.slice(end + 2).split(' ')
  if (end === -1 || fields.length < 15) return undefined
  const [, parent] = fields
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid: Number.parseInt(line, 10), parent: Number(parent), cpuSeconds: ticks / ticksPerSecond }
}

/** The processes that descend from `root`, itself included; empty when it is gone. */
function processTree(root: number): readonly ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const facts = parseProcessStat(readOrNothing(`/proc/${name}/stat`))
      return facts === undefined ? [] : [facts]
    })
  const tree = all.filter(({ pid }) => pid === root)
  for (let at = 0; at < tree.length; at += 1) tree.push(...all.filter(({ parent }) => parent === tree[at]?.pid))
  return tree
}

/** Processor time of a process and all that descends from it, in seconds, to a hundredth. */
export function treeCpuSeconds(root: number): number {
  return processTree(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
}

/** Memory of a process and all that descends from it, in bytes; what several share is counted once. */
export function treeMemoryBytes(root: number): number {
  return processTree(root).reduce((sum, { pid }) => {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`)) ?? []
    return sum + Number(kilobytes ?? 0) * 1024
  }, 0)
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // A process may end between being listed and being looked at.
    return ''
  }
}
