import { compileSegmentedNames } from '../../policy/actions/name-patterns.ts'
import { parseResourceScope } from './resource-scope.ts'

/** How much may be asked of a registry: `push` is `pull` as well, and `all` is whatever the registry knows. */
export type RegistryAccess = 'pull' | 'push' | 'all'

/** The names of `RegistryAccess`, the narrowest first. */
export const registryAccesses: readonly RegistryAccess[] = ['pull', 'push', 'all']

/** Says of the text of a scope whether it may be asked for. */
export type ScopeFilter = (scope: string) => boolean

/** Reading what an image is made of has a name of its own at Azure. */
const reading = ['pull', 'metadata_read']
const actionsOf: Readonly<Record<Exclude<RegistryAccess, 'all'>, readonly string[]>> = {
  pull: reading,
  push: [...reading, 'push'],
}

/** A pattern of names of repositories: `*` stays within a segment, `**` is any number of segments. */
export const repositoryPattern = /^[A-Za-z0-9._:*-]{1,128}(?:\/[A-Za-z0-9._:*-]{1,128}){0,15}$/

/**
 * The filter of an access and the patterns of its repositories. SECURITY: unknown actions, and scopes of an unknown form, are for `all`
 * alone; and what is no repository, such as the catalog of a registry, for `all` without patterns.
 * @throws CoatcheckError `rule_invalid` where a pattern is none
 */
export function scopeFilter(access: RegistryAccess, repositories?: readonly string[]): ScopeFilter {
  const isCovered =
    repositories === undefined ? () => true : compileSegmentedNames('repositories', repositories, 'every')
  return (text) => {
    const scope = parseResourceScope(text)
    const isRepository = scope !== undefined && /^repository(?:\(|$)/.test(scope.type)
    if (!isRepository) return access === 'all' && repositories === undefined
    if (!isCovered(scope.name)) return false
    return access === 'all' || scope.actions.every((action) => actionsOf[access].includes(action))
  }
}
