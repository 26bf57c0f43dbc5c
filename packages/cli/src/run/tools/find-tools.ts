import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { LinkInside, Mount } from '@coatcheck/launchers'
import { findProgram, isProgram, pathFolders } from './find-program.ts'
import { installationOf, isProgramFolder, venvOf } from './installation-of.ts'
import { isWithin } from './is-within.ts'
import { mayShowUnasked } from './private-places.ts'
import { startedBy } from './started-by.ts'
import { type HostLink, type TracedPath, traceLinks } from './trace-links.ts'
import { versionSwitcherParts } from './version-switchers.ts'

/** Folders that every sandbox sees, and those of the system that it has its own of. */
const systemFolders = '/usr /bin /sbin /lib /lib32 /lib64 /libx32 /boot /dev /etc /proc /run /sys'.split(' ')

/** Programs that agents and their tools start by name; what they need is shown, wherever they are installed. */
const usualPrograms = `
  node npm npx corepack pnpm yarn bun bunx deno python python3 pip pip3 uv uvx pipx poetry ruby gem bundle go cargo rustc
  java javac mvn gradle dotnet php composer git gh rg fd jq make cmake claude codex gemini opencode aider cursor-agent
`
  .trim()
  .split(/\s+/)

/** Programs that start programs that start programs; nobody's installation is deeper. */
const maxDepth = 8
const maxMounts = 64

/** Where programs of a person are looked for. */
export interface ToolPlaces {
  /** The command's program, as it was typed. */
  readonly program: string
  readonly user: Readonly<Record<string, string>>
  readonly home: string
  readonly cwd: string
  /** What the sandbox sees anyway. */
  readonly mounts: readonly Mount[]
}

/** What a sandbox must see so that programs of the host's PATH run in it. */
export interface FoundTools {
  /** Read-only, and left out where they cannot be shown. */
  readonly mounts: readonly Mount[]
  /** Links of the host that lead to them. */
  readonly links: readonly LinkInside[]
  /** Variables by which they find their own parts. */
  readonly env: Readonly<Record<string, string>>
  /** What would have been needed, and is never shown unasked. */
  readonly refused: readonly string[]
}

/** What a sandbox gets that shows no programs beside the system's. */
export const noTools: FoundTools = { mounts: [], links: [], env: {}, refused: [] }

/** Finds the installations of the command's program, of the usual ones, and of every folder of programs in the PATH. */
export function findTools(places: ToolPlaces): FoundTools {
  const search = new ToolSearch(places)
  search.addCommand(places.program)
  for (const name of usualPrograms) search.addNamed(name)
  search.addPathFolders()
  const env = search.addVersionSwitchers()
  return { ...search.result(), env }
}

class ToolSearch {
  readonly #places: ToolPlaces
  readonly #home: string
  readonly #folders: readonly string[]
  readonly #shown = new Set<string>()
  readonly #links = new Map<string, HostLink>()
  readonly #refused = new Set<string>()
  readonly #seen = new Set<string>()

  constructor(places: ToolPlaces) {
    this.#places = places
    this.#home = traceLinks(places.home, () => true)?.real ?? resolve(places.home)
    this.#folders = pathFolders(places.user['PATH'])
  }

  addCommand(program: string): void {
    if (program.includes('/')) this.#addProgram(resolve(this.#places.cwd, program), 0)
    else this.addNamed(program)
  }

  addNamed(name: string, depth = 0): void {
    const found = findProgram(name, this.#folders)
    if (found !== undefined) this.#addProgram(found, depth)
  }

  addPathFolders(): void {
    for (const folder of this.#folders) {
      const traced = this.#trace(folder)
      if (traced === undefined || !isProgramFolder(traced.real) || this.#isVisible(traced.real)) continue
      // What programs of a node package need is known only of those that are looked for.
      const isOfPackage = traced.real.includes('/node_modules/')
      const parts = isOfPackage ? [traced.real] : installationOf(join(traced.real, 'program'), this.#home)
      this.#show(parts, traced.links)
    }
  }

  addVersionSwitchers(): Record<string, string> {
    const env: Record<string, string> = {}
    for (const { variable, root, paths } of versionSwitcherParts(this.#home, this.#places)) {
      if (!this.#folders.some((folder) => isWithin(folder, root)) && variable !== 'RUSTUP_HOME') continue
      env[variable] = root
      for (const path of paths) {
        const traced = this.#trace(path)
        if (traced !== undefined) this.#show([traced.real], traced.links)
      }
    }
    return env
  }

  result(): Omit<FoundTools, 'env'> {
    const all = [...this.#shown].sort((one, other) => one.length - other.length)
    const outermost = all.filter((path, index) => !all.slice(0, index).some((outer) => isWithin(path, outer)))
    const mounts = outermost.slice(0, maxMounts).flatMap((source) => this.#asMounts(source))
    const targets = [...this.#places.mounts, ...mounts].map(({ source, target = source }) => target)
    // A link that stands in a mount is there already; one in whose place a mount needs a folder cannot be.
    const isFree = (path: string) => !targets.some((target) => isWithin(path, target) || isWithin(target, path))
    const links = [...this.#links.values()].filter(({ path }) => isFree(path) && path.lastIndexOf('/') > 0)
    return { mounts, links, refused: [...this.#refused] }
  }

  #addProgram(path: string, depth: number): void {
    if (this.#seen.has(path) || depth > maxDepth) return
    this.#seen.add(path)
    const traced = this.#trace(path)
    if (traced === undefined || !isPlainFile(traced.real)) return
    const { real, links } = traced
    const venv = venvOf(path, this.#home)
    if (!this.#isVisible(real)) this.#show(installationOf(real, this.#home), links)
    else this.#addLinks(links)
    if (venv !== undefined && !this.#isAgents(venv)) this.#show([venv], [])
    const { names, paths } = startedBy(real)
    for (const name of names) this.addNamed(name, depth + 1)
    // SECURITY: an agent may have written this; where it points to must not decide what the next one sees.
    if (this.#isAgents(real)) return
    for (const started of paths) this.#addProgram(started, depth + 1)
    if (venv !== undefined) this.#addProgram(join(venv, 'bin/python'), depth + 1)
  }

  #show(paths: readonly string[], links: readonly HostLink[]): void {
    for (const path of paths) {
      if (this.#isVisible(path)) continue
      if (mayShowUnasked(path, this.#home)) this.#shown.add(path)
      else this.#refused.add(path)
    }
    this.#addLinks(links)
  }

  #addLinks(links: readonly HostLink[]): void {
    for (const link of links) if (!this.#isVisible(link.path)) this.#links.set(link.path, link)
  }

  /** SECURITY: a link that an agent may have made is not followed. */
  #trace(path: string): TracedPath | undefined {
    return traceLinks(path, (link) => !this.#isAgents(link))
  }

  #isVisible(path: string): boolean {
    return (
      systemFolders.some((folder) => isWithin(path, folder)) ||
      this.#places.mounts.some(({ source }) => isWithin(path, source))
    )
  }

  /** Whether something lies where the sandbox may write. */
  #isAgents(path: string): boolean {
    return this.#places.mounts.some(({ source, writable }) => writable && isWithin(path, source))
  }

  /** A home that is reached through a link is reached by that name inside as well. */
  #asMounts(source: string): readonly Mount[] {
    const mount = { source, writable: false, isTool: true }
    const { home } = this.#places
    if (home === this.#home || !isWithin(source, this.#home)) return [mount]
    return [mount, { ...mount, target: `${home}${source.slice(this.#home.length)}` }]
  }
}

function isPlainFile(path: string): boolean {
  return isProgram(path) || statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
