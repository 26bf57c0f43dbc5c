import { readFileSync } from 'node:fs'

const processes = 4096
const openFiles = 65_536

/** Sizes of the folders in memory, in bytes. */
export const memoryFolders = { home: 4 * 1024 ** 3, tmp: 2 * 1024 ** 3, run: 64 * 1024 ** 2 } as const

/**
 * Arguments of `prlimit` for a sandbox: no core dumps, 4,096 processes and threads, 65,536 open files, or less where
 * the caller has less. There is none for memory: only a control group can hold a whole sandbox to one.
 */
export function limitArguments(limits: string = readFileSync('/proc/self/limits', 'latin1')): string[] {
  return [
    '--core=0:0',
    `--nproc=${Math.min(processes, hardLimit(limits, 'Max processes'))}`,
    `--nofile=${Math.min(openFiles, hardLimit(limits, 'Max open files'))}`,
  ]
}

function hardLimit(limits: string, name: string): number {
  const value = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1]
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value)
}
