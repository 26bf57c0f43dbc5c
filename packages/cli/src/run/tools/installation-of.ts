import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isWithin } from './is-within.ts'
import { isBroad, isSharedPrefix } from './private-places.ts'
import { readStart } from './read-start.ts'

/** Folders of programs; their neighbours hold what those programs need. */
const programFolders = ['bin', 'sbin', 'libexec', 'shims', '.bin']

/** What an installation consists of, beside its configuration and its data. */
const programParts = 'bin sbin libexec lib lib32 lib64 share include jre jmods legal'.split(' ')

/** The same where it is certain that it is one; elsewhere these may be somebody's work. */
const markedParts = 'conf opt platform ssl src pkg Cellar Frameworks release VERSION go.env'.split(' ')

const installationMarks = ['release', 'VERSION', 'conda-meta', 'Cellar']

/** What shows that a folder is somebody's work rather than an installation. */
const projectMarks = ['.git', '.hg', 'package.json', 'pyproject.toml', 'Cargo.toml', 'go.mod', 'Makefile']

/**
 * The smallest folders that hold a program and what it needs, going by its real path; the program itself where its
 * folder is not one of programs.
 */
export function installationOf(program: string, home: string): readonly string[] {
  const folder = dirname(program)
  if (isWithin(program, '/nix/store')) return ['/nix/store']
  const venv = venvOf(program, home)
  if (venv !== undefined) return [venv]
  const [cellar] = /^.+?(?=\/Cellar\/)/.exec(program) ?? []
  if (cellar !== undefined) return partsOf(cellar)
  if (program.includes('/node_modules/')) return nodePackage(program)
  if (programFolders.includes(basename(folder))) return besideBin(folder, home)
  const [vendor] = /^\/opt\/[^/]+(?=\/)/.exec(program) ?? []
  if (vendor !== undefined) return [vendor]
  return [isKeptForPrograms(folder, home) ? folder : program]
}

/** The virtual environment of Python that a program lies in. */
export function venvOf(program: string, home: string): string | undefined {
  for (let at = dirname(program); !isBroad(at, home); at = dirname(at)) {
    if (existsSync(join(at, 'pyvenv.cfg'))) return at
  }
  return undefined
}

/** Whether a folder is one that people look for programs in. */
export function isProgramFolder(folder: string): boolean {
  return programFolders.includes(basename(folder))
}

/** npm's global packages bring what they need; elsewhere it lies beside them, except for what needs nothing. */
function nodePackage(program: string): readonly string[] {
  const [global] = /^.*?\/lib\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(program) ?? []
  const [own] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(program) ?? []
  const [outermost = program] = /^.*?\/(?:node_modules|\.pnpm)(?=\/)/.exec(program) ?? []
  return [global ?? (isNative(program) ? own : undefined) ?? outermost]
}

function isNative(program: string): boolean {
  return readStart(program, 4) === '\x7fELF'
}

function besideBin(folder: string, home: string): readonly string[] {
  const prefix = dirname(folder)
  const isWork = () => projectMarks.some((name) => existsSync(join(prefix, name)))
  const isOwn = isMarked(prefix) || !(isSharedPrefix(prefix, home) || isWork())
  return isOwn ? partsOf(prefix) : [folder]
}

function isMarked(prefix: string): boolean {
  return installationMarks.some((name) => existsSync(join(prefix, name)))
}

function partsOf(prefix: string): readonly string[] {
  const names = isMarked(prefix) ? [...programParts, ...markedParts] : programParts
  return names.map((name) => join(prefix, name)).filter((path) => existsSync(path))
}

/** `~/.tool/x` and `~/.local/share/tool` belong to one program; `~/.tool` itself holds its settings, too. */
function isKeptForPrograms(folder: string, home: string): boolean {
  return (
    isWithin(folder, home) && /^\.(?:local\/share\/[^/]+|(?!local\/)[^/]+\/[^/]+)/.test(folder.slice(home.length + 1))
  )
}
