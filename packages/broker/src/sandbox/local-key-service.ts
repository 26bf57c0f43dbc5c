import { timingSafeEqual } from 'node:crypto'
import { findShape } from '@coatcheck/catalog'
import {
  type Cap,
  CoatcheckError,
  type CreatedKey,
  type KeyView,
  type OwnKey,
  type RuleList,
} from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import { hashOfKey, isKeyId, newVirtualKeyText, readVirtualKey } from '../foundation/virtual-key-text.ts'
import { lockedProfile } from '../policy/profile.ts'
import type { Secret } from '../vault/secret.ts'
import { baseUrlsOf } from './base-urls-of.ts'
import { describeSandbox } from './describe-sandbox.ts'
import type { Grant } from './grant.ts'
import { issueGrant } from './issue-grants.ts'
import { secretForKey } from './key-secret.ts'
import type { AuthenticKey, KeyService, KeyWish } from './key-service.ts'
import type { GrantServiceParts } from './local-grant-service.ts'
import type { LocalSandboxService } from './local-sandbox-service.ts'
import type { OwnerCaps } from './owner-caps.ts'
import type { Sandbox } from './sandbox.ts'
import { isVirtualKey, statusOfKey } from './virtual-key.ts'

/** What the service works with. */
export interface KeyServiceParts extends GrantServiceParts {
  readonly sandboxes: Pick<LocalSandboxService, 'endTogether'>
}

/** Variable that a grant is named by whose service has none. */
const usualVariable = 'API_KEY'

const noRules: RuleList = { default: 'deny', rules: [] }

/** Compared with where there is no key, so that finding one and finding none cost the same. */
const noHash = '0'.repeat(64)

/** The virtual keys of a home. Each is kept as the row of a holder and its one grant, with the seals of both. */
export class LocalKeyService implements KeyService {
  readonly #parts: KeyServiceParts

  constructor(parts: KeyServiceParts) {
    this.#parts = parts
  }

  async create(project: string, wish: KeyWish): Promise<CreatedKey> {
    const { clock, live, providers, records, sandboxes, store, vault } = this.#parts
    const caps = demandBounded(wish, this.#parts.caps)
    const secret = secretForKey(project, wish, vault)
    const provider = secret.provider === null ? undefined : providers.find(project, secret.provider)
    const id = newIdentifier('key')
    const shape = provider && secret.shape !== null ? findShape(provider, secret.shape) : undefined
    const text = newVirtualKeyText(id, shape?.placeholder.lead ?? '')
    const holder: Sandbox = { ...this.#describe(project, wish), id, tokenHash: hashOfKey(text) }
    const variable = provider?.variables[0] ?? usualVariable
    const { grant } = issueGrant(
      holder,
      variable,
      { secret: secret.name, ownExpiresAt: null, rules: wish.rules },
      this.#parts,
    )
    // The key has the grant's end: a secret that is due for rotation may end it earlier.
    const sandbox: Sandbox = { ...holder, expiresAt: grant.expiresAt ?? holder.expiresAt }
    try {
      // SECURITY: SEC-08. Caps and rules are there before anything could come by the key.
      caps.set({ project, on: 'grant', owner: grant.id }, wish.caps)
      store.create(sandbox, [grant])
      live.add({ sandbox, grants: [grant] })
      await records.keyCreated(sandbox, grant, secret.name)
    } catch (error) {
      await sandboxes.endTogether([sandbox], 'it did not come into being').catch(() => {})
      throw error
    }
    return { ...this.#view(sandbox, [grant], clock.now()), key: text, ...this.#place(sandbox, grant, secret, text) }
  }

  get(project: string, id: string): KeyView {
    return this.#view(this.#find(project, id), this.#parts.store.grantsOf(id), this.#parts.clock.now())
  }

  list(project: string, limit: number, cursor: string | null): readonly KeyView[] {
    const { clock, store } = this.#parts
    const now = clock.now()
    return store.list(project, limit, cursor, 'key').map((key) => this.#view(key, store.grantsOf(key.id), now))
  }

  async revoke(project: string, id: string, reason: string): Promise<void> {
    const key = this.#find(project, id)
    if (key.endedAt === null) await this.#parts.sandboxes.endTogether([key], reason)
  }

  demandStillBounded(project: string, grantId: string, caps: readonly Cap[]): void {
    const grant = this.#parts.store.findGrant(grantId)
    if (grant === undefined || grant.project !== project || !isKeyId(grant.sandboxId) || hasCap(caps)) return
    throw new CoatcheckError('key_unbounded', { reason: 'it has no cap' })
  }

  authenticate(text: string): AuthenticKey | undefined {
    const { clock, store } = this.#parts
    const presented = readVirtualKey(text)
    if (presented === undefined) return undefined
    const key = store.find(presented.id)
    // SECURITY: compared in constant time, and whether or not there is such a key.
    const isSame = timingSafeEqual(Buffer.from(presented.hash, 'hex'), Buffer.from(key?.tokenHash ?? noHash, 'hex'))
    if (key === undefined || !isSame) return undefined
    return statusOfKey(key, store.grantsOf(key.id), clock.now()) === 'active' ? key : undefined
  }

  ownView(project: string, id: string): OwnKey {
    const { store, vault } = this.#parts
    const { label, status, rules, caps, expiresAt } = this.get(project, id)
    const [grant] = store.grantsOf(id)
    const to = grant === undefined ? [] : (vault.find(grant.secretId)?.scopes ?? []).map((scope) => scope.to)
    return { id, label, status, rules, caps, expiresAt, to }
  }

  #describe(project: string, { label, ttlSeconds, from }: KeyWish): Sandbox {
    const input = { name: label, ttlSeconds, ...(from !== undefined && { from }) }
    return describeSandbox(project, input, lockedProfile, '', this.#parts.clock.now())
  }

  /** Where a new key is of use, and what its clients read. */
  #place(sandbox: Sandbox, grant: Grant, secret: Secret, text: string) {
    const { gatewayUrl } = this.#parts.wayOut.urls(sandbox, null)
    if (gatewayUrl === undefined) return { env: { [grant.env]: text } }
    const urls = baseUrlsOf({ project: sandbox.project, grants: [grant], gatewayUrl }, this.#parts)
    return {
      baseUrl: `${gatewayUrl}/${secret.provider ?? secret.name}`,
      rootUrl: new URL(gatewayUrl).origin,
      env: { [grant.env]: text, ...urls },
    }
  }

  #find(project: string, id: string): Sandbox {
    const key = isVirtualKey({ id }) ? this.#parts.store.find(id) : undefined
    // SECURITY: one answer for "another project's" and "no such id".
    if (key === undefined || key.project !== project) throw new CoatcheckError('key_not_found')
    return key
  }

  #view(key: Sandbox, grants: readonly Grant[], now: Date): KeyView {
    const { caps, vault } = this.#parts
    const [grant] = grants
    const secret = grant && vault.find(grant.secretId)
    const status = statusOfKey(key, grants, now)
    const ended = key.endedAt ?? grant?.endedAt ?? key.expiresAt
    return {
      id: key.id,
      label: key.name,
      provider: secret?.provider ?? null,
      secret: secret?.name ?? null,
      status,
      grant: grant?.id ?? '',
      rules: grant?.rules ?? noRules,
      caps: grant === undefined ? [] : (caps?.of(key.project, [grant.id]) ?? []).map(({ cap }) => cap),
      from: key.from,
      createdAt: key.createdAt,
      expiresAt: key.expiresAt,
      endedAt: status === 'active' ? null : ended,
    }
  }
}

/**
 * SECURITY: SEC-08. A key works alone, for whoever has it; so it is bounded in what, how much and how long.
 * @throws CoatcheckError `key_unbounded`
 */
function demandBounded({ rules, caps, ttlSeconds }: KeyWish, store: OwnerCaps | undefined): OwnerCaps {
  const lacking = (reason: string) => new CoatcheckError('key_unbounded', { reason })
  if (rules.default !== 'deny') throw lacking('its rules do not deny by default')
  if (!rules.rules.some(({ effect }) => effect !== 'deny')) throw lacking('its rules allow nothing')
  if (!hasCap(caps) || store === undefined) throw lacking('it has no cap')
  if (!(ttlSeconds > 0)) throw lacking('it has no end')
  return store
}

function hasCap(caps: readonly Cap[]): boolean {
  return caps.some(({ unit }) => unit !== 'errors')
}
