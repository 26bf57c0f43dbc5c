import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { printable } from '../printable.ts'

/** SECURITY: nothing that an agent could have put in the way of a search is run, least of all as root. */
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/opt/homebrew/bin']
const deadlineMs = 120_000
const maxReason = 300

/** One call of a program that looks after a trust store. */
export interface ProgramCall {
  /** Name in a folder of the system, or an absolute path. */
  readonly program: string
  readonly args: readonly string[]
  /** What it reads from standard input. */
  readonly input?: string
  /** The file or folder that it changes; as root through sudo, where the person may not change it. */
  readonly changes?: string
}

/** Runs a program to its end. @returns what it printed @throws CoatcheckError `trust_store_failed` */
export function runProgram({ program, args, input = '', changes }: ProgramCall): string {
  const path = findProgram(program)
  if (path === undefined) throw new CoatcheckError('trust_store_failed', { reason: `${program} is not installed` })
  const elevated = changes !== undefined && needsRoot(changes)
  const [command, prefix] = elevated ? [findProgram('sudo'), ['--', path]] : [path, []]
  if (command === undefined) {
    throw new CoatcheckError('trust_store_failed', { reason: `only root may change ${changes}, and there is no sudo` })
  }
  const { status, stdout, stderr, error } = spawnSync(command, [...prefix, ...args], {
    input,
    encoding: 'utf8',
    timeout: deadlineMs,
    env: { PATH: folders.join(':'), HOME: process.env['HOME'] ?? '/', LC_ALL: 'C' },
  })
  if (status === 0) return stdout
  const said = printable((stderr.trim() || stdout.trim() || (error?.message ?? '')).split('\n').at(-1) ?? '')
  throw new CoatcheckError('trust_store_failed', { reason: `${program} failed: ${said.slice(0, maxReason)}` })
}

/** Where a program of the system lies. */
export function findProgram(program: string): string | undefined {
  if (program.startsWith('/')) return existsSync(program) ? program : undefined
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

function needsRoot(path: string): boolean {
  if (process.getuid?.() === 0) return false
  const present = existsSync(path) || path === '/' ? path : undefined
  if (present === undefined) return needsRoot(dirname(path))
  try {
    accessSync(present, constants.W_OK)
    return false
  } catch {
    return true
  }
}
