import { CoatcheckError } from '@coatcheck/contract'
import type { Member } from '../../access/member.ts'
import type { Project } from '../../access/project.ts'
import type { ProjectStore } from '../../access/project-store.ts'
import { isRole } from '../../access/role.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'
import { SealedTable } from './sealed-table.ts'

/** Keeps projects and their members in SQLite, every row sealed. */
export class SqliteProjectStore implements ProjectStore {
  readonly #authority: Authority
  readonly #projects: SealedTable
  readonly #members: SealedTable

  constructor(authority: Authority) {
    this.#authority = authority
    this.#projects = new SealedTable(authorityTables.projects, authority)
    this.#members = new SealedTable(authorityTables.members, authority)
  }

  create({ name, createdAt }: Project): void {
    this.#authority.write(() => {
      if (this.#projects.find({ name }) !== undefined) throw new CoatcheckError('project_exists')
      this.#projects.insert({ name, created_at: createdAt })
    })
  }

  remove(name: string): void {
    this.#authority.write(() => {
      for (const member of this.#membersOf(name)) this.#members.remove({ project: name, name: member.name })
      this.#projects.remove({ name })
    })
  }

  find(name: string): Project | undefined {
    const row = this.#authority.recall(`project ${name}`, () => this.#projects.find({ name }))
    return row && readProjectRow(row)
  }

  list(): readonly Project[] {
    return this.#authority.read(() =>
      this.#projects.select({ where: 'true', values: [], orderBy: 'name' }).map(readProjectRow),
    )
  }

  setMember({ project, name, role, createdAt }: Member): void {
    this.#authority.write(() => {
      this.#members.remove({ project, name })
      this.#members.insert({ project, name, role, created_at: createdAt })
    })
  }

  removeMember(project: string, name: string): void {
    this.#authority.write(() => this.#members.remove({ project, name }))
  }

  findMember(project: string, name: string): Member | undefined {
    const key = `member ${JSON.stringify([project, name])}`
    const row = this.#authority.recall(key, () => this.#members.find({ project, name }))
    return row && readMemberRow(row)
  }

  members(project: string): readonly Member[] {
    return this.#authority.read(() => this.#membersOf(project))
  }

  #membersOf(project: string): readonly Member[] {
    return this.#members.select({ where: 'project = ?', values: [project], orderBy: 'name' }).map(readMemberRow)
  }
}

function readProjectRow(row: Row): Project {
  const fields = new RowFields(row)
  return { name: fields.text('name'), createdAt: fields.text('created_at') }
}

function readMemberRow(row: Row): Member {
  const fields = new RowFields(row)
  const role = fields.text('role')
  if (!isRole(role)) throw new CoatcheckError('row_tampered', { column: 'role' })
  return { project: fields.text('project'), name: fields.text('name'), role, createdAt: fields.text('created_at') }
}
