import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Processes of the host whose command line contains a text. */
export function processesWith(text: string): number[] {
  return numbers().filter((pid) => read(`/proc/${pid}/cmdline`).includes(text))
}

/** Network namespaces in which some process of the host runs. */
export function networkNamespaces(): Set<string> {
  return new Set(numbers().flatMap((pid) => link(`/proc/${pid}/ns/net`)))
}

/** Children of this process that have ended and were not waited for. */
export function zombies(): number[] {
  return numbers().filter((pid) => new RegExp(`\\) Z ${process.pid} `).test(read(`/proc/${pid}/stat`)))
}

/** Children of the parent of a process, ended ones too. */
export function siblings(pid: number): number[] {
  const parent = /^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]
  return read(`/proc/${parent}/task/${parent}/children`).split(' ').filter(Boolean).map(Number)
}

/** Waits until a condition holds, at most so long; returns whether it did. */
export async function eventually(condition: () => boolean, deadlineMs: number): Promise<boolean> {
  for (const end = performance.now() + deadlineMs; performance.now() < end; ) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return condition()
}

function numbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function link(path: string): string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return []
  }
}
