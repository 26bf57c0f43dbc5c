import type { TokenRole } from './token.ts'

/** The project that is always there. Whoever governs it governs the installation: the vault, backups, other projects. */
export const installationProject = 'default'

/** A project: its secrets, sandboxes, rules, tokens and record are nobody else's. */
export interface ProjectView {
  readonly name: string
  readonly createdAt: string | null
}

/** Body of `POST /v1/projects`. */
export interface ProjectCreate {
  /** Lower-case letters, digits and `-`, up to 63. */
  readonly name: string
}

/** Somebody who has a part in a project. */
export interface MemberView {
  readonly name: string
  readonly role: TokenRole
  readonly createdAt: string
}

/** Body of `PUT /v1/members/{name}`. */
export interface MemberSet {
  readonly role: TokenRole
}
