import type { MemberSet, MemberView, Page, ProjectCreate, ProjectView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/projects`, for whoever governs the installation. */
export interface ProjectsApi {
  create(input: ProjectCreate): Promise<ProjectView>
  list(query?: PageQuery): Promise<Page<ProjectView>>
  get(name: string): Promise<ProjectView>
  /** @throws CoatcheckError `project_in_use` while something is in it */
  delete(name: string): Promise<void>
}

/** `/v1/members`: who has a part in the project that the client acts in. */
export interface MembersApi {
  list(query?: PageQuery): Promise<Page<MemberView>>
  /** Adds a member, or gives one another role. */
  set(name: string, input: MemberSet): Promise<MemberView>
  /** None of its tokens is good any more. */
  remove(name: string): Promise<void>
}

/** The projects of a client. */
export function projectsApi({ send }: ApiCall): ProjectsApi {
  return {
    create: (body) => send('POST', '/v1/projects', { body }),
    list: (query) => send('GET', '/v1/projects', { query: { ...query } }),
    get: (name) => send('GET', pathOf('projects', name)),
    delete: (name) => send('DELETE', pathOf('projects', name)),
  }
}

/** The members of the project of a client. */
export function membersApi({ send }: ApiCall): MembersApi {
  return {
    list: (query) => send('GET', '/v1/members', { query: { ...query } }),
    set: (name, body) => send('PUT', pathOf('members', name), { body }),
    remove: (name) => send('DELETE', pathOf('members', name)),
  }
}
