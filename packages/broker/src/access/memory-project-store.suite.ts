import { CoatcheckError } from '@coatcheck/contract'
import type { Member } from './member.ts'
import type { Project } from './project.ts'
import type { ProjectStore } from './project-store.ts'

/** Keeps projects and their members in memory, for tests of what uses them. */
export class MemoryProjectStore implements ProjectStore {
  readonly #projects = new Map<string, Project>()
  readonly #members = new Map<string, Member>()

  create(project: Project): void {
    if (this.#projects.has(project.name)) throw new CoatcheckError('project_exists')
    this.#projects.set(project.name, project)
  }

  remove(name: string): void {
    this.#projects.delete(name)
    for (const member of this.members(name)) this.removeMember(name, member.name)
  }

  find(name: string): Project | undefined {
    return this.#projects.get(name)
  }

  list(): readonly Project[] {
    return [...this.#projects.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  setMember(member: Member): void {
    this.#members.set(keyOf(member.project, member.name), member)
  }

  removeMember(project: string, name: string): void {
    this.#members.delete(keyOf(project, name))
  }

  findMember(project: string, name: string): Member | undefined {
    return this.#members.get(keyOf(project, name))
  }

  members(project: string): readonly Member[] {
    const own = [...this.#members.values()].filter((member) => member.project === project)
    return own.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }
}

function keyOf(project: string, name: string): string {
  return JSON.stringify([project, name])
}
