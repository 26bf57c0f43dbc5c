import { findProvider, findShape, type KeyShape, matchShape, providerForVariable, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type SandboxCreate } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Secret } from '../vault/secret.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'
import { type Grant, placeholderContext } from './grant.ts'
import { newPlaceholder } from './placeholder.ts'
import type { Sandbox } from './sandbox.ts'

/** What grants are made from. */
interface GrantSources {
  readonly clock: Clock
  readonly ephemeral: EphemeralSecrets
  readonly keyRing: KeyRing
  readonly vault: Vault
}

/** New grants, and the variables that hold their placeholders. */
export interface IssuedGrants {
  readonly grants: readonly Grant[]
  readonly env: Readonly<Record<string, string>>
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/**
 * Makes one grant for each variable that a sandbox asks for. Values given with the request go to memory only.
 * @throws CoatcheckError `request_invalid` | `secret_not_found` | `provider_unknown` | `vault_locked`
 */
export function issueGrants(sandbox: Sandbox, input: SandboxCreate, sources: GrantSources): IssuedGrants {
  const wanted = new Map<string, () => Secret>()
  for (const [env, name] of Object.entries(input.secrets ?? {})) {
    wanted.set(env, () => findStored(sandbox, env, name, sources))
  }
  for (const [env, value] of Object.entries(input.credentials ?? {})) {
    if (wanted.has(env)) throw new CoatcheckError('request_invalid', { field: env, reason: 'named twice' })
    wanted.set(env, () => rememberCredential(sandbox, env, value, sources))
  }
  for (const variable of wanted.keys()) {
    if (!variableName.test(variable)) {
      throw new CoatcheckError('request_invalid', { field: variable, reason: 'not a variable name' })
    }
  }
  const grants: Grant[] = []
  const env: Record<string, string> = {}
  const remembered: string[] = []
  try {
    for (const [variable, find] of wanted) {
      const secret = find()
      const ephemeral = input.secrets?.[variable] === undefined
      if (ephemeral) remembered.push(secret.id)
      const placeholder = newPlaceholder(shapeOf(secret))
      grants.push(makeGrant(sandbox, variable, secret, ephemeral, placeholder, sources))
      env[variable] = placeholder
    }
    return { grants, env }
  } catch (error) {
    // SECURITY: a value whose sandbox does not come into being has nobody who would ever drop it.
    sources.ephemeral.drop(remembered)
    throw error
  }
}

function makeGrant(
  sandbox: Sandbox,
  env: string,
  secret: Secret,
  ephemeral: boolean,
  placeholder: string,
  { clock, keyRing }: GrantSources,
): Grant {
  const identity = { id: newIdentifier('grt'), sandboxId: sandbox.id }
  return {
    ...identity,
    project: sandbox.project,
    env,
    secretId: secret.id,
    ephemeral,
    placeholderIndex: keyRing.indexPlaceholder(placeholder),
    placeholderSealed: keyRing.sealPlaceholder(placeholder, placeholderContext(identity)),
    createdAt: clock.now().toISOString(),
    expiresAt: sandbox.expiresAt,
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
    throw new CoatcheckError('secret_not_found', { variable }, { cause: error })
  }
}

/** @throws CoatcheckError `provider_unknown` */
function rememberCredential(sandbox: Sandbox, env: string, value: string, { clock, ephemeral }: GrantSources): Secret {
  const provider = providerForVariable(env)
  if (provider === undefined) throw new CoatcheckError('provider_unknown', { variable: env })
  const now = clock.now().toISOString()
  const secret: Secret = {
    id: newIdentifier('sec'),
    project: sandbox.project,
    name: env,
    provider: provider.id,
    shape: matchShape(provider, value)?.label ?? null,
    scopes: scopesOf(provider),
    version: 1,
    weak: false,
    rotationDays: null,
    createdAt: now,
    rotatedAt: now,
  }
  ephemeral.put(secret, new SecretValue(Buffer.from(value, 'utf8')))
  return secret
}

function shapeOf({ provider, shape }: Secret): KeyShape | undefined {
  if (provider === null || shape === null) return undefined
  const known = findProvider(provider)
  return known === undefined ? undefined : findShape(known, shape)
}
