import { CoatcheckError, type ProfileParts, type Scope } from '@coatcheck/contract'
import { builtInProfiles, findBuiltInProfile, type Profile } from '../policy/profile.ts'
import type { ProfileStore } from '../policy/profile-store.ts'
import type { Vault } from '../vault/vault.ts'
import { checkDenied, checkNetwork } from './check-network.ts'
import { demandReachable } from './demand-reachable.ts'
import { networkRuleOf } from './network-rule-of.ts'
import type { ProfileCompany, ProfileService } from './profile-service.ts'

/** Nothing is saved beside it. */
const alone: ProfileCompany = { scopes: new Map(), profiles: [] }

/** Own profiles of one project at most. */
const maxOwnProfiles = 200

/** Profiles that are built in, and those that operators stored beside them. */
export class LocalProfileService implements ProfileService {
  readonly #store: ProfileStore
  readonly #vault: Pick<Vault, 'get'>

  constructor({ store, vault }: { readonly store: ProfileStore; readonly vault: Pick<Vault, 'get'> }) {
    this.#store = store
    this.#vault = vault
  }

  get(project: string, name: string): Profile {
    // SECURITY: what is built in comes first, so that no stored row widens `locked`.
    const profile = findBuiltInProfile(name) ?? this.#store.find(project, name)
    // SECURITY: the name is not repeated; somebody may have put a value in its place.
    if (profile === undefined) throw new CoatcheckError('profile_not_found')
    return profile
  }

  list(project: string, limit: number, cursor: string | null): readonly Profile[] {
    const own = this.#store
      .list(project, maxOwnProfiles, null)
      .filter(({ name }) => findBuiltInProfile(name) === undefined)
    return [...builtInProfiles, ...own]
      .filter(({ name }) => cursor === null || name > cursor)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .slice(0, limit)
  }

  prepare(project: string, name: string, definition: ProfileParts, company: ProfileCompany = alone): Profile {
    if (findBuiltInProfile(name) !== undefined) throw new CoatcheckError('profile_built_in')
    const stored = this.#store.list(project, maxOwnProfiles, null).map((profile) => profile.name)
    const others = new Set([...stored, ...company.profiles])
    others.delete(name)
    if (others.size >= maxOwnProfiles) throw new CoatcheckError('profile_limit', { limit: maxOwnProfiles })
    const profile = profileOf(name, definition)
    const { allow, deny } = profile.network
    checkDenied(deny)
    checkNetwork(allow, deny)
    // SECURITY: a list for a variable that nothing stands for would hold nobody to anything.
    if (Object.keys(profile.rules).some((env) => !Object.hasOwn(profile.secrets, env)))
      throw new CoatcheckError('request_invalid', {
        field: 'rules',
        reason: 'they are for a variable without a secret',
      })
    for (const [env, secret] of Object.entries(profile.secrets)) {
      const scopes = company.scopes.get(secret) ?? this.#scopesOf(project, env, secret)
      demandReachable({ deny }, env, scopes)
    }
    return profile
  }

  save(project: string, prepared: Profile): void {
    this.#store.save({ project, profile: prepared })
  }

  demandOwn(project: string, name: string): void {
    if (findBuiltInProfile(name) !== undefined) throw new CoatcheckError('profile_built_in')
    if (this.#store.find(project, name) === undefined) throw new CoatcheckError('profile_not_found')
  }

  delete(project: string, name: string): void {
    this.demandOwn(project, name)
    this.#store.delete(project, name)
  }

  #scopesOf(project: string, variable: string, name: string): readonly Scope[] {
    try {
      return this.#vault.get(project, name).scopes
    } catch (error) {
      if (!(error instanceof CoatcheckError && error.code === 'secret_not_found')) throw error
      // SECURITY: the name is not repeated; somebody may have put the value in its place.
      throw new CoatcheckError('secret_not_found', { variable }, { cause: error })
    }
  }
}

function profileOf(name: string, definition: ProfileParts): Profile {
  const { caps = [], description = '', network = {}, rules = {}, secrets = {}, ttlSeconds = null } = definition
  const { allow = [], deny = [] } = network
  return {
    name,
    origin: 'own',
    description,
    network: { allow: allow.map(networkRuleOf), deny },
    ...{ secrets, rules, caps, ttlSeconds },
  }
}
