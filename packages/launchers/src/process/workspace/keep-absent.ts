import { statusOf } from '../mount/status-of.ts'
import { type ExecutedFile, executedFiles, executedWhenPresent } from './executed-files.ts'
import { configuredHooks, gitStandIns } from './git-folders.ts'
import { createStandIn, isStandIn, removeStandIn } from './stand-in.ts'

/** Why a mount cannot be writable. */
export class Unprotectable extends Error {}

/** Paths of a mount that the host runs or obeys, now all present. */
export interface KeptPaths {
  /** To be frozen; relative to the mount. */
  readonly frozen: readonly string[]
  /** Those of them that are stand-ins, in the order of their making. */
  readonly standIns: readonly ExecutedFile[]
}

/**
 * Puts stand-ins for everything that must stay absent in a writable folder, and lists it with what is present.
 * @throws Unprotectable when something of it could be put there all the same; no new stand-in is left then
 */
export function keepAbsent(root: string, repositories: readonly string[]): KeptPaths {
  const frozen = new Set<string>()
  const standIns = new Map<string, ExecutedFile>()
  const made: ExecutedFile[] = []

  const keep = (entry: ExecutedFile) => {
    for (const parent of ancestorsOf(entry.path)) {
      const folder = { path: parent, kind: 'directory', neutral: '' } as const
      // An absent folder is kept absent as a whole, and a file in its place stays a file.
      if (presence(root, parent) !== 'folder' || isStandIn(root, folder)) return keep(folder)
    }
    if (presence(root, entry.path) === 'absent') {
      create(root, entry)
      made.push(entry)
    }
    frozen.add(entry.path)
    if (isStandIn(root, entry)) standIns.set(entry.path, entry)
  }

  try {
    const own = { path: '.git', kind: 'directory', neutral: '' } as const
    const real = repositories.filter((path) => !isStandIn(root, { ...own, path }))
    if (!real.includes('.git')) keep(own)
    for (const folder of real) {
      for (const entry of gitStandIns(folder)) keep(entry)
      const hooks = configuredHooks(root, folder)
      if (hooks !== undefined) keep({ path: hooks, kind: 'directory', neutral: '' })
    }
    for (const entry of executedFiles) keep(entry)
    for (const path of executedWhenPresent) {
      if (isReal(root, path)) frozen.add(path)
    }
  } catch (error) {
    for (const entry of made.reverse()) removeStandIn(root, entry)
    throw error
  }
  return { frozen: [...frozen], standIns: [...standIns.values()] }
}

function create(root: string, entry: ExecutedFile): void {
  try {
    createStandIn(root, entry)
  } catch (error) {
    throw new Unprotectable(
      `${entry.path} could be put there later (${(error as NodeJS.ErrnoException).code ?? 'link'})`,
    )
  }
}

/** @throws Unprotectable for a link: it can be taken away and something else put in its place */
function presence(root: string, path: string): 'absent' | 'folder' | 'file' {
  const status = statusOf(`${root}/${path}`)
  if (status?.isSymbolicLink()) throw new Unprotectable(`${path} is a link`)
  if (status === undefined) return 'absent'
  return status.isDirectory() ? 'folder' : 'file'
}

/** Whether a path is there, and no step of it is a link. */
function isReal(root: string, path: string): boolean {
  return [...ancestorsOf(path), path].every((step) => statusOf(`${root}/${step}`)?.isSymbolicLink() === false)
}

/** The folders above a relative path, outermost first. */
function ancestorsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}
