import type { Member } from './member.ts'
import type { Project } from './project.ts'

/** Where projects and their members are kept. Verifies the seal of every row that it returns. */
export interface ProjectStore {
  /** @throws CoatcheckError `project_exists` */
  create(project: Project): void
  /** Removes a project with its members; removing one that does not exist changes nothing. */
  remove(name: string): void
  /** @throws CoatcheckError `row_tampered` | `vault_locked` */
  find(name: string): Project | undefined
  /** All, by name. @throws CoatcheckError `row_tampered` | `vault_locked` */
  list(): readonly Project[]
  /** Adds a member, or gives one another role. */
  setMember(member: Member): void
  removeMember(project: string, name: string): void
  /** @throws CoatcheckError `row_tampered` | `vault_locked` */
  findMember(project: string, name: string): Member | undefined
  /** By name. @throws CoatcheckError `row_tampered` | `vault_locked` */
  members(project: string): readonly Member[]
}
