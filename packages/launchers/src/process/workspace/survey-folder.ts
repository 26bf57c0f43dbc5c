import { realpathSync } from 'node:fs'
import { fileIdentity } from '../mount/file-identity.ts'
import { type ForbiddenPlaces, forbidden } from '../mount/forbidden-places.ts'
import { isGitData, isGitExecuted, isHook, repositoryOf, revealingLogs } from './git-folders.ts'
import { maskOf } from './masked-content.ts'
import type { Protection } from './protection.ts'
import { isSecretFolder, treatmentOf } from './secret-files.ts'
import { type TreeEntry, walkTree } from './walk-tree.ts'

/** What was found in a folder that is about to be mounted. Paths are relative to it. */
export interface Survey {
  /** Secrets and sockets, each with what is laid over it. */
  readonly hidden: ReadonlyMap<string, Protection>
  /** Those of them that held something. */
  readonly masked: readonly string[]
  /** What git of the host runs or obeys, at any depth. */
  readonly executed: readonly string[]
  /** The `.git` folders, and the repositories within them. */
  readonly repositories: readonly string[]
  /** Real absolute paths that a link with the name of a secret file leads to. */
  readonly secretTargets: readonly string[]
  /** Real absolute paths that a link among hooks leads to. */
  readonly hookTargets: readonly string[]
}

/** Folders in which package managers and compilers put published code by the ten thousand files. */
const published: ReadonlySet<string> = new Set([
  '__pycache__',
  'dist-packages',
  'doc',
  'include',
  'locale',
  'man',
  'node_modules',
  'rustlib',
  'site-packages',
  'test',
  'tests',
])

/**
 * Looks through a whole folder, without following links. In an installation of programs, the folders of published code
 * are left out: nobody keeps keys there, and looking would take longer than the command.
 * @throws CoatcheckError `mount_forbidden` when a forbidden place lies in it, or when it cannot be checked
 */
export async function surveyFolder(root: string, places: ForbiddenPlaces, isTool = false): Promise<Survey> {
  const hidden = new Map<string, Protection>()
  const masked: string[] = []
  const executed: string[] = []
  const repositories = new Set<string>()
  const secretTargets: string[] = []
  const hookTargets: string[] = []
  const hide = (path: string, protection: Protection) => {
    hidden.set(path, protection)
    masked.push(path)
  }

  const visitFolder = (entry: TreeEntry) => {
    if (places.isPlace(fileIdentity(`${root}/${entry.path}`))) {
      throw forbidden(root, 'it holds the vault, its key or a socket')
    }
    if (isSecretFolder(entry.path)) {
      hide(entry.path, { kind: 'veil' })
      return 'skip'
    }
    if (isGitData(entry.path) || (isTool && published.has(entry.name))) return 'skip'
    if (entry.name === '.git') repositories.add(entry.path)
    return 'descend'
  }
  const visitFile = (entry: TreeEntry) => {
    const logs = revealingLogs(root, entry.path)
    if (logs !== undefined && !hidden.has(logs)) hide(logs, { kind: 'scratch' })
    const repository = repositoryOf(entry.path)
    if (repository !== undefined) repositories.add(repository)
    const mask = maskOf(root, entry.path)
    if (mask?.hides) hide(entry.path, { kind: 'cover', content: mask.content })
    else if (mask) hidden.set(entry.path, { kind: 'cover', content: mask.content })
  }
  const visitLink = (entry: TreeEntry) => {
    const isSecret = treatmentOf(entry.path) !== undefined || isSecretFolder(entry.path)
    if (!isSecret && !isHook(entry.path)) return
    const target = targetOf(`${root}/${entry.path}`)
    if (target !== undefined) (isSecret ? secretTargets : hookTargets).push(target)
  }

  await walkTree(root, {
    visit(entry) {
      if (isGitExecuted(entry)) executed.push(entry.path)
      if (entry.kind === 'directory') return visitFolder(entry)
      if (entry.kind === 'file') visitFile(entry)
      if (entry.kind === 'link') visitLink(entry)
      // SECURITY: a socket or pipe is a door to a process of the host, whatever network the sandbox is in.
      if (entry.kind === 'special') hide(entry.path, { kind: 'cover', content: '' })
      return 'skip'
    },
    closed(path) {
      if (path === '') throw forbidden(root, 'it cannot be read')
      // SECURITY: what cannot be checked is not shown; its owner in the sandbox could make it readable again.
      hide(path, { kind: 'veil' })
    },
  })
  return { hidden, masked, executed, repositories: [...repositories], secretTargets, hookTargets }
}

function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link)
  } catch {
    // It leads nowhere, so it leads to no secret either.
    return undefined
  }
}
