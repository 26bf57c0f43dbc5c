import { posix } from 'node:path'
import { statusOf } from '../mount/status-of.ts'
import { readPlainFile } from './anchored-folder.ts'
import { holdsUserinfo } from './credential-shapes.ts'
import type { ExecutedFile } from './executed-files.ts'
import { hooksPathOf } from './sanitise-git-config.ts'
import type { TreeEntry } from './walk-tree.ts'

const maxReadBytes = 4_194_304

/** Inside a repository: what git runs or is led by, and what a walk need not enter. */
const gitData = /(?:^|\/)[^/]*\.git\/(?:.*\/)?(?:objects|lfs)$/
const gitHooks = /(?:^|\/)[^/]*\.git\/(?!(?:.*\/)?(?:refs|logs)\/)(?:.*\/)?hooks$/
const gitPointers = /(?:^|\/)\.git\/(?:.*\/)?(?:commondir|gitdir|config\.worktree)$|(?:^|\/)\.git$/
const gitHead = /(?:^|\/)[^/]*\.git\/(?!(?:.*\/)?(?:refs|logs)\/)(?:.*\/)?HEAD$/
const gitLog = /^(?<folder>(?:.*\/)?[^/]*\.git\/(?:.*?\/)?logs)\//

/** Whether a folder is packed data of a repository: compressed, and never configuration. */
export function isGitData(path: string): boolean {
  return gitData.test(path)
}

/** Whether git of the host runs what lies there, or follows where it points. */
export function isGitExecuted({ path, kind }: TreeEntry): boolean {
  return kind === 'directory' ? gitHooks.test(path) : gitPointers.test(path)
}

/** Folder that git takes for a repository because of this file: a submodule's and a worktree's lie in `.git` of another. */
export function repositoryOf(path: string): string | undefined {
  return gitHead.test(path) ? posix.dirname(path) : undefined
}

/** Whether a path lies in a folder of hooks; a link there makes its target a hook too. */
export function isHook(path: string): boolean {
  return gitHooks.test(posix.dirname(path))
}

/** Folder of logs to hide because one of them holds an address with credentials, as `git pull URL` writes it. */
export function revealingLogs(root: string, path: string): string | undefined {
  const folder = path.includes('/logs/') ? gitLog.exec(path)?.groups?.['folder'] : undefined
  if (folder === undefined) return undefined
  const file = readPlainFile(`${root}/${path}`, maxReadBytes)
  return file === undefined || (file.complete && !holdsUserinfo(file.text)) ? undefined : folder
}

/**
 * What must stay absent in a repository's own folder: hooks, and the two files that lead git to another configuration.
 * An empty `commondir` would stop git; one that names the folder itself changes nothing.
 */
export function gitStandIns(folder: string): ExecutedFile[] {
  return [
    { path: `${folder}/hooks`, kind: 'directory', neutral: '' },
    { path: `${folder}/config`, kind: 'file', neutral: '' },
    { path: `${folder}/config.worktree`, kind: 'file', neutral: '' },
    { path: `${folder}/commondir`, kind: 'file', neutral: '.\n' },
  ]
}

/** Folder inside the mount that a repository's configuration names for its hooks. */
export function configuredHooks(root: string, folder: string): string | undefined {
  const text = readPlainFile(`${root}/${folder}/config`, maxReadBytes)?.text
  const named = text === undefined ? undefined : hooksPathOf(text)
  if (named === undefined || named === '' || named.startsWith('~')) return undefined
  const work = posix.dirname(`${root}/${folder}`)
  const relative = posix.relative(root, posix.resolve(work, named))
  return relative === '' || relative.startsWith('..') ? undefined : relative
}

/**
 * Content for `info/exclude` that keeps stand-ins and blanked files out of the agent's commits; nothing when the
 * repository has no such file to lay it over.
 */
export function excludeFromGit(root: string, folder: string, paths: readonly string[]): string | undefined {
  const path = `${root}/${folder}/info/exclude`
  if (paths.length === 0 || statusOf(path)?.isFile() !== true) return undefined
  const present = readPlainFile(path, maxReadBytes)?.text ?? ''
  const patterns = paths.filter((name) => !name.includes('\n')).map((name) => `/${name.replace(/[\\*?[ ]/g, '\\$&')}\n`)
  return `${present.replace(/\n?$/, '\n')}${patterns.join('')}`
}
