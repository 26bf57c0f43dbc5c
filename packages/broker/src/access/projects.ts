import {
  CoatcheckError,
  installationProject,
  type MemberView,
  type ProjectView,
  type TokenRole,
} from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { Member } from './member.ts'
import type { ProjectStore } from './project-store.ts'

/** What projects are kept with. */
export interface ProjectsParts {
  readonly store: ProjectStore
  readonly clock: Clock
  /** What a project still has that keeps it from being deleted, for a reader; empty where there is nothing. */
  contentsOf(project: string): string
  /** Ends what goes with a project: its tokens, its rules, its caps. */
  clear(project: string): void
}

/** Many enough for the tenants of one machine. */
const maxProjects = 1_000
/** Of one project. */
const maxMembers = 1_000

/** The projects of an installation and who has a part in them. */
export class Projects {
  readonly #parts: ProjectsParts

  constructor(parts: ProjectsParts) {
    this.#parts = parts
  }

  /** Names of all, the one that is always there first. @throws CoatcheckError `vault_locked` | `row_tampered` */
  names(): readonly string[] {
    return [installationProject, ...this.#parts.store.list().map(({ name }) => name)]
  }

  /** @throws CoatcheckError `vault_locked` | `row_tampered` */
  has(name: string): boolean {
    return name === installationProject || this.#parts.store.find(name) !== undefined
  }

  /** @throws CoatcheckError `vault_locked` | `row_tampered` */
  list(): readonly ProjectView[] {
    return [{ name: installationProject, createdAt: null }, ...this.#parts.store.list()]
  }

  /** @throws CoatcheckError `project_not_found` */
  get(name: string): ProjectView {
    if (name === installationProject) return { name, createdAt: null }
    const project = this.#parts.store.find(name)
    if (project === undefined) throw new CoatcheckError('project_not_found')
    return project
  }

  /** @throws CoatcheckError `project_exists` | `request_invalid` */
  create(name: string): ProjectView {
    const { clock, store } = this.#parts
    if (name === installationProject) throw new CoatcheckError('project_exists')
    if (store.list().length >= maxProjects)
      throw new CoatcheckError('request_invalid', { reason: `there are ${maxProjects} projects, and no more can be` })
    const project = { name, createdAt: clock.now().toISOString() }
    store.create(project)
    return project
  }

  /** @throws CoatcheckError `project_not_found` | `project_in_use` */
  delete(name: string): void {
    this.get(name)
    const contents = name === installationProject ? 'the installation itself' : this.#parts.contentsOf(name)
    if (contents !== '') throw new CoatcheckError('project_in_use', { contents })
    this.#parts.clear(name)
    this.#parts.store.remove(name)
  }

  /** By name. @throws CoatcheckError `project_not_found` */
  members(project: string): readonly MemberView[] {
    this.get(project)
    return this.#parts.store.members(project).map(memberView)
  }

  /** Adds a member, or gives one another role, which holds at once for all its tokens. @throws CoatcheckError `project_not_found` | `request_invalid` */
  setMember(project: string, name: string, role: TokenRole): MemberView {
    this.get(project)
    const { clock, store } = this.#parts
    const before = store.findMember(project, name)
    if (before === undefined && store.members(project).length >= maxMembers)
      throw new CoatcheckError('request_invalid', { reason: `a project has ${maxMembers} members at most` })
    const member = { project, name, role, createdAt: before?.createdAt ?? clock.now().toISOString() }
    store.setMember(member)
    return memberView(member)
  }

  /** From now on none of its tokens is good. @throws CoatcheckError `project_not_found` | `member_not_found` */
  removeMember(project: string, name: string): MemberView {
    this.get(project)
    const member = this.#parts.store.findMember(project, name)
    if (member === undefined) throw new CoatcheckError('member_not_found')
    this.#parts.store.removeMember(project, name)
    return memberView(member)
  }
}

function memberView({ name, role, createdAt }: Member): MemberView {
  return { name, role, createdAt }
}
