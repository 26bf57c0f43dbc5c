import { findShape, type KeyShape, matchShape, type Provider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type CredentialUse, type RuleList, type SandboxCreate, type Scope } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { maskCredentials } from '../foundation/mask-credentials.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Secret } from '../vault/secret.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'
import type { ConnectionDoor } from './connection-door.ts'
import { demandReachable } from './demand-reachable.ts'
import { demandWayIn } from './demand-way-in.ts'
import { type Grant, placeholderContext } from './grant.ts'
import { type GrantInEnvironment, grantVariables } from './grant-variables.ts'
import type { OwnerCaps } from './owner-caps.ts'
import { newPlaceholder, newSigningPlaceholder, newTokenPlaceholder } from './placeholder.ts'
import type { Sandbox } from './sandbox.ts'
import { grantExpiry } from './sandbox-lifetime.ts'
import { scopesAtBaseUrl } from './scopes-at-base-url.ts'
import { joinSigningKeys } from './variables-of.ts'

/** What grants are made from. */
export interface GrantSources {
  /** Absent where nothing is capped. */
  readonly caps?: OwnerCaps
  readonly clock: Clock
  /** Knows the variables of secrets that connectors log in with. */
  readonly connections?: Pick<ConnectionDoor, 'isReachedFrom' | 'openPorts' | 'variablesOf'>
  readonly ephemeral: EphemeralSecrets
  readonly keyRing: KeyRing
  readonly providers: ProviderDirectory
  readonly vault: Vault
}

/** A new grant, with the text of its placeholder and the secret that it is for. */
export interface IssuedGrant {
  readonly grant: Grant
  readonly placeholder: string
  readonly secret: Secret
}

/** New grants, and the variables that hold their placeholders. */
export interface IssuedGrants {
  readonly grants: readonly Grant[]
  readonly env: Readonly<Record<string, string>>
  /** Where their secrets may go, in the form of a scope's `to`. */
  readonly destinations: readonly string[]
}

/** What one variable shall stand for, and until when if not as long as its sandbox. */
export type GrantWish = { readonly ownExpiresAt: string | null; readonly rules?: RuleList } & (
  | { readonly secret: string; readonly value?: never }
  | { readonly value: string; readonly secret?: never; readonly baseUrl?: string; readonly use?: CredentialUse }
)

/** Injectors for which the client signs with its placeholder, and does not send it. */
const signingInjectors: ReadonlySet<string> = new Set(['aws-session', 'sigv4'])

const variableName = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,127}$/

/**
 * Makes one grant for each variable that a sandbox asks for. Values given with the request go to memory only.
 * @throws CoatcheckError `request_invalid` | `secret_not_found` | `provider_unknown` | `rotation_due` | `vault_locked`
 */
export function issueGrants(sandbox: Sandbox, input: SandboxCreate, sources: GrantSources): IssuedGrants {
  const wishes = new Map<string, GrantWish>()
  const rulesOf = (env: string): Pick<GrantWish, 'rules'> => {
    const rules = input.rules?.[env]
    return rules === undefined ? {} : { rules }
  }
  for (const [env, secret] of Object.entries(input.secrets ?? {})) {
    demandVariableName(env, 'secrets')
    wishes.set(env, { secret, ownExpiresAt: null, ...rulesOf(env) })
  }
  for (const [env, value] of Object.entries(joinSigningKeys(input.credentials ?? {}))) {
    demandVariableName(env, 'credentials')
    if (wishes.has(env)) throw invalid('credentials', 'it has a variable that `secrets` has too')
    const baseUrl = input.baseUrls?.[env]
    const use = input.credentialUses?.[env]
    const told = { ...(baseUrl === undefined ? {} : { baseUrl }), ...(use === undefined ? {} : { use }) }
    if (Object.keys(told).length > 1) throw invalid('credentialUses', 'it has a variable that `baseUrls` has too')
    wishes.set(env, { value, ownExpiresAt: null, ...told, ...rulesOf(env) })
  }
  // SECURITY: a list for a variable that nothing stands for would hold nobody to anything.
  const isIdle = Object.keys(input.rules ?? {}).some((env) => !wishes.has(env))
  if (isIdle) throw invalid('rules', 'they are for a variable that has no grant')
  const issued: IssuedGrant[] = []
  try {
    for (const [variable, wish] of wishes) issued.push(issueGrant(sandbox, variable, wish, sources))
    return {
      grants: issued.map(({ grant }) => grant),
      env: grantVariables(sandbox, issued.map(inEnvironment), sources.connections),
      destinations: issued.flatMap(({ secret }) => secret.scopes.map(({ to }) => to)),
    }
  } catch (error) {
    // SECURITY: a value whose sandbox does not come into being has nobody who would ever drop it.
    sources.ephemeral.drop(issued.filter(({ grant }) => grant.ephemeral).map(({ secret }) => secret.id))
    throw error
  }
}

/** A grant as its variables are made. */
export function inEnvironment({ grant, placeholder, secret: { scopes } }: IssuedGrant): GrantInEnvironment {
  return { grant, placeholder, scopes }
}

/** Makes the grant for one variable. @throws CoatcheckError as `issueGrants` does */
export function issueGrant(sandbox: Sandbox, env: string, wish: GrantWish, sources: GrantSources): IssuedGrant {
  demandVariableName(env, 'env')
  const ephemeral = wish.value !== undefined
  const secret = ephemeral
    ? rememberCredential(sandbox, env, wish, sources)
    : findStored(sandbox, env, wish.secret, sources)
  try {
    demandReachable(sandbox, env, secret.scopes)
    demandWayIn(sandbox, env, secret.scopes, sources.connections)
    const placeholder = placeholderFor(secret, sources.providers)
    return { grant: makeGrant(sandbox, env, secret, { ...wish, ephemeral, placeholder }, sources), placeholder, secret }
  } catch (error) {
    if (ephemeral) sources.ephemeral.drop([secret.id])
    throw error
  }
}

/** @throws CoatcheckError `request_invalid` that says in which member of the request the name stands */
function demandVariableName(variable: string, member: string): void {
  if (!variableName.test(variable)) throw invalid(member, 'it has something that is not the name of a variable')
}

/** SECURITY: says which member of the request it is, and repeats no name of it; somebody may have put a value in its place. */
function invalid(field: string, reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { field, reason })
}

function makeGrant(
  sandbox: Sandbox,
  env: string,
  secret: Secret,
  wish: { readonly ephemeral: boolean; readonly placeholder: string } & Pick<GrantWish, 'ownExpiresAt' | 'rules'>,
  { clock, keyRing }: GrantSources,
): Grant {
  const identity = { id: newIdentifier('grt'), sandboxId: sandbox.id }
  const { ephemeral, placeholder, ownExpiresAt, rules } = wish
  const createdAt = clock.now().toISOString()
  const expiresAt = grantExpiry(sandbox, secret, ownExpiresAt)
  if (expiresAt <= createdAt) throw new CoatcheckError('rotation_due', { variable: maskCredentials(env) })
  return {
    ...identity,
    project: sandbox.project,
    env,
    secretId: secret.id,
    ephemeral,
    placeholderIndex: keyRing.indexPlaceholder(placeholder),
    placeholderSealed: keyRing.sealPlaceholder(placeholder, placeholderContext(identity)),
    createdAt,
    expiresAt,
    ownExpiresAt,
    ...(rules !== undefined && { rules }),
    endedAt: null,
  }
}

/**
 * SECURITY: says which variable it was, and does not repeat the name; somebody may have put the value in its place.
 * @throws CoatcheckError `secret_not_found`
 */
function findStored({ project }: Sandbox, variable: string, name: string, { vault }: GrantSources): Secret {
  try {
    return vault.get(project, name)
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'secret_not_found')) throw error
    throw new CoatcheckError('secret_not_found', { variable: maskCredentials(variable) }, { cause: error })
  }
}

/** @throws CoatcheckError `provider_unknown` | `provider_needs_host` | `scope_invalid` */
function rememberCredential(
  sandbox: Sandbox,
  env: string,
  { value, baseUrl, use }: { readonly value: string; readonly baseUrl?: string; readonly use?: CredentialUse },
  { clock, ephemeral, providers }: GrantSources,
): Secret {
  const { provider, scopes } = purposeOf(sandbox, env, { baseUrl, use }, providers)
  if (scopes.length === 0) throw new CoatcheckError('provider_needs_host', { variable: maskCredentials(env) })
  const now = clock.now().toISOString()
  const secret: Secret = {
    id: newIdentifier('sec'),
    project: sandbox.project,
    name: env,
    provider: provider?.id ?? null,
    shape: provider === undefined ? null : (matchShape(provider, value)?.label ?? null),
    scopes,
    version: 1,
    weak: false,
    rotationDays: null,
    createdAt: now,
    rotatedAt: now,
  }
  ephemeral.put(secret, new SecretValue(Buffer.from(value, 'utf8')))
  return secret
}

/** What a value is for: what was said, or what its variable tells. @throws CoatcheckError `provider_unknown` | `scope_invalid` */
function purposeOf(
  { project }: Sandbox,
  env: string,
  { baseUrl, use }: { readonly baseUrl: string | undefined; readonly use: CredentialUse | undefined },
  providers: ProviderDirectory,
): { readonly provider?: Provider; readonly scopes: readonly Scope[] } {
  if (use?.scopes !== undefined) return { scopes: use.scopes }
  const provider =
    use?.provider === undefined ? providers.forVariable(project, env) : providers.find(project, use.provider)
  if (provider === undefined) throw new CoatcheckError('provider_unknown', { variable: maskCredentials(env) })
  return { provider, scopes: baseUrl === undefined ? scopesOf(provider) : scopesAtBaseUrl(provider, baseUrl) }
}

/** What services give for such a secret is an ID token, which clients read. */
function placeholderFor(secret: Secret, providers: ProviderDirectory): string {
  if (secret.scopes.some(({ inject }) => signingInjectors.has(inject.kind))) return newSigningPlaceholder()
  return isIdentityToken(secret) ? newTokenPlaceholder() : newPlaceholder(shapeOf(secret, providers))
}

function isIdentityToken({ scopes }: Secret): boolean {
  return scopes.some(({ inject }) => inject.kind === 'gcp-service-account' && inject['audience'] !== undefined)
}

function shapeOf({ project, provider, shape }: Secret, providers: ProviderDirectory): KeyShape | undefined {
  if (provider === null || shape === null) return undefined
  const known = providers.find(project, provider)
  return known === undefined ? undefined : findShape(known, shape)
}
