import { isObject, parseJsonObject } from '../../foundation/parse-json-object.ts'
import type { ReadAnswer } from '../derivation.ts'
import { isCredential, mintedReply, refusedReply } from './minted-reply.ts'

/** What an installation token shall be good for. */
export interface InstallationWish {
  /** Names of repositories, without their owner; undefined for all of the installation. */
  readonly repositories: readonly string[] | undefined
  /** Levels by name. */
  readonly permissions: Readonly<Record<string, string>>
}

/** Levels of a permission, each of which holds those before it. */
export const permissionLevels: readonly string[] = ['read', 'write', 'admin']

/** What GitHub adds to whatever is asked for. */
const always: Readonly<Record<string, string>> = { metadata: 'read' }

/**
 * Reads GitHub’s answer to a question for an installation token. SECURITY: a token that is good for more than was asked for, or
 * of which that is not said, is not used.
 */
export function readInstallationToken(wish: InstallationWish): ReadAnswer {
  return ({ status, body }, now) => {
    if (status !== 201) return refusedReply(`status ${status}`)
    const members = parseJsonObject(body)
    const token = members?.['token']
    if (members === undefined || !isCredential(token)) return refusedReply('the answer has no fit token')
    if (!fitsPermissions(members['permissions'], wish.permissions)) {
      return refusedReply('the token has other permissions than were asked for', { surplus: token })
    }
    if (wish.repositories !== undefined && !fitsRepositories(members, wish.repositories)) {
      return refusedReply('the token is good for other repositories than were asked for', { surplus: token })
    }
    return mintedReply(token, members['expires_at'], now)
  }
}

function fitsPermissions(given: unknown, asked: InstallationWish['permissions']): boolean {
  if (!isObject(given)) return false
  const allowed = { ...always, ...asked }
  return Object.entries(given).every(([name, level]) => {
    const rank = permissionLevels.indexOf(String(level))
    const limit = Object.hasOwn(allowed, name) ? permissionLevels.indexOf(allowed[name]!) : -1
    return rank >= 0 && rank <= limit
  })
}

function fitsRepositories(members: Readonly<Record<string, unknown>>, asked: readonly string[]): boolean {
  const { repositories, repository_selection: selection } = members
  if (selection !== 'selected' || !Array.isArray(repositories) || repositories.length === 0) return false
  const names = new Set(asked.map((name) => name.toLowerCase()))
  return repositories.every(
    (each) => isObject(each) && typeof each['name'] === 'string' && names.has(each['name'].toLowerCase()),
  )
}
