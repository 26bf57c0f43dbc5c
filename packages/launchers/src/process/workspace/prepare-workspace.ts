import { basename } from 'node:path'
import type { WorkspaceReport } from '../../launcher.ts'
import type { CheckedMount } from '../mount/checked-mount.ts'
import { reasonOf } from '../mount/checked-tools.ts'
import { type ForbiddenPlaces, forbidden } from '../mount/forbidden-places.ts'
import { liesIn, selfAndAncestors } from '../mount/path-relation.ts'
import { statusOf } from '../mount/status-of.ts'
import type { ExecutedFile } from './executed-files.ts'
import { excludeFromGit } from './git-folders.ts'
import { keepAbsent, Unprotectable } from './keep-absent.ts'
import { maskOf } from './masked-content.ts'
import { type Protection, ProtectionMap } from './protection.ts'
import { removeStandIn } from './stand-in.ts'
import { type Survey, surveyFolder } from './survey-folder.ts'
import { WorkspaceLease } from './workspace-lease.ts'

/** A mount as the sandbox sees it. */
export interface ShownMount {
  readonly mount: CheckedMount
  readonly writable: boolean
  /** What is laid over it, outer paths first, relative to it. */
  readonly protections: readonly (readonly [path: string, protection: Protection])[]
}

/** The mounts of a sandbox, ready to be shown. */
export interface PreparedWorkspace {
  readonly shown: readonly ShownMount[]
  readonly report: WorkspaceReport
  /** Takes the stand-ins away again. Call it once, when the sandbox has ended. */
  release(): Promise<void>
}

const maxProtections = 1500

/**
 * Hides the secrets of every mount and freezes what the host would run later. `leftOut` says which programs are not
 * among the mounts, and why.
 * @throws CoatcheckError `mount_forbidden` | `launch_impossible`
 */
export async function prepareWorkspace(
  mounts: readonly CheckedMount[],
  places: ForbiddenPlaces,
  leftOut: readonly string[] = [],
): Promise<PreparedWorkspace> {
  const plans: MountPlan[] = []
  const toolsLeftOut = [...leftOut]
  const release = async () => {
    for (const plan of plans) await plan.release()
  }
  try {
    for (const mount of mounts) {
      const plan = new MountPlan(mount)
      if (mount.isTool === true) {
        const reason = await plan.prepareTool(places)
        if (reason === undefined) plans.push(plan)
        else toolsLeftOut.push(`${mount.source}: ${reason}`)
        continue
      }
      plans.push(plan)
      if (mount.kind === 'directory') await plan.prepareFolder(places)
      else plan.prepareFile()
    }
    // A link in one mount may lead to a file in another.
    for (const target of plans.flatMap(({ secretTargets }) => secretTargets)) {
      for (const plan of plans) plan.hideTarget(target)
    }
    return {
      shown: plans.map((plan) => plan.shown()),
      report: {
        masked: plans.flatMap(({ isTool, masked }) => (isTool ? [] : masked)).sort(),
        readOnly: plans.flatMap(({ readOnlyReasons }) => readOnlyReasons),
        tools: plans.flatMap(({ isTool, source }) => (isTool ? source : [])),
        toolsLeftOut,
      },
      release,
    }
  } catch (error) {
    await release()
    throw error
  }
}

class MountPlan {
  readonly masked: string[] = []
  readonly readOnlyReasons: string[] = []
  secretTargets: readonly string[] = []
  readonly #mount: CheckedMount
  readonly #protections = new ProtectionMap()
  #writable: boolean
  #lease: WorkspaceLease | undefined
  #standIns: readonly ExecutedFile[] = []

  constructor(mount: CheckedMount) {
    this.#mount = mount
    this.#writable = mount.writable
    if (mount.readOnlyReason !== undefined) this.#makeReadOnly(mount.readOnlyReason)
  }

  get isTool(): boolean {
    return this.#mount.isTool === true
  }

  get source(): string {
    return this.#mount.source
  }

  /** Prepares a mount that nobody asked for; says why when it cannot be shown. */
  async prepareTool(places: ForbiddenPlaces): Promise<string | undefined> {
    try {
      if (this.#mount.kind === 'directory') await this.prepareFolder(places)
      else this.prepareFile()
      this.shown()
      return undefined
    } catch (error) {
      return reasonOf(error)
    }
  }

  prepareFile(): void {
    const mask = maskOf('', this.#mount.source.slice(1))
    if (mask === undefined) return
    this.#protections.add('', { kind: 'cover', content: mask.content })
    if (mask.hides) this.masked.push(basename(this.#mount.source))
  }

  async prepareFolder(places: ForbiddenPlaces): Promise<void> {
    // Before anything is looked at: stand-ins of others that are found then stay for as long as this one needs them.
    if (this.#writable) this.#lease = await WorkspaceLease.take(this.#mount.identity)
    const survey = await surveyFolder(this.#mount.source, places, this.isTool)
    for (const [path, protection] of survey.hidden) this.#protections.add(path, protection)
    this.masked.push(...survey.masked)
    this.secretTargets = survey.secretTargets
    if (this.#lease !== undefined) await this.#freeze(survey, this.#lease)
  }

  /** Hides a file or folder of this mount that a link with the name of a secret leads to. */
  hideTarget(target: string): void {
    const { source } = this.#mount
    if (!liesIn(target, source) || target === source) return
    const path = target.slice(source.length + 1)
    const folder = statusOf(target)?.isDirectory() === true
    this.#protections.add(path, folder ? { kind: 'veil' } : { kind: 'cover', content: '' })
    if (!this.masked.includes(path)) this.masked.push(path)
  }

  shown(): ShownMount {
    if (this.#protections.size > maxProtections) {
      throw forbidden(this.#mount.source, `more than ${maxProtections} of its files would have to be protected`)
    }
    return { mount: this.#mount, writable: this.#writable, protections: this.#protections.ordered() }
  }

  async release(): Promise<void> {
    const lease = this.#lease
    this.#lease = undefined
    await lease?.end(() => {
      for (const entry of [...this.#standIns].reverse()) removeStandIn(this.#mount.source, entry)
    })
  }

  async #freeze(survey: Survey, lease: WorkspaceLease): Promise<void> {
    const { source } = this.#mount
    try {
      // Two that put stand-ins at once would each take the other's for something that is in its way, and remove its own.
      const kept = await lease.alone(() => keepAbsent(source, survey.repositories))
      this.#standIns = kept.standIns
      const hooks = survey.hookTargets.filter((target) => target !== source && liesIn(target, source))
      const inside = hooks.map((target) => target.slice(source.length + 1))
      for (const path of [...kept.frozen, ...survey.executed, ...inside]) this.#freezePath(path)
      this.#hideFromGit()
    } catch (error) {
      if (!(error instanceof Unprotectable)) throw error
      this.#makeReadOnly(error.message)
    }
  }

  #freezePath(path: string): void {
    this.#protections.add(path, { kind: 'freeze' })
    // SECURITY: a folder that could be renamed would take what it protects along, and leave its name free.
    for (const ancestor of selfAndAncestors(`/${path}`).slice(1, -1)) {
      this.#protections.add(ancestor.slice(1), { kind: 'pin' })
    }
  }

  #hideFromGit(): void {
    const paths = [...this.#standIns.map(({ path }) => path), ...this.masked]
    const own = paths.filter((path) => path !== '.git' && !path.startsWith('.git/'))
    const content = excludeFromGit(this.#mount.source, '.git', own)
    if (content !== undefined) this.#protections.add('.git/info/exclude', { kind: 'cover', content })
  }

  #makeReadOnly(reason: string): void {
    this.#writable = false
    this.readOnlyReasons.push(`${this.#mount.source}: ${reason}`)
  }
}
