import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError, type SafeFacts, type Scope, type SourceState, type SourceView } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { coversDestination } from '../vault/destination-cover.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { FollowingVault, RevealedSecret, SourcedValues } from '../vault/vault.ts'
import type { ConfiguredSource, SourceReach } from './configured-source.ts'
import { FetchedSource } from './fetched-source.ts'

/** What the values of sources are kept with. */
export interface SourceValuesParts {
  readonly configured: readonly ConfiguredSource[]
  readonly clock: Pick<Clock, 'now'>
  readonly keyRing: Pick<KeyRing, 'locked' | 'onLock' | 'requireUnlocked'>
  /** The vault that these values belong to; it is asked for when the first one was fetched. */
  readonly vault: () => FollowingVault
  /** Checks that a value can be sent through scopes. @throws CoatcheckError `secret_unusable` | `scope_invalid` */
  readonly check: (scopes: readonly Scope[], value: SecretValue) => void
  /** Told when a source gave another value than before. */
  readonly onRotated: (secret: Secret) => Promise<void>
}

/** A grant that is going to be used, as far as sources are concerned. */
export interface SourcedGrant {
  readonly grant: { readonly secretId: string }
  readonly source?: string
}

/**
 * The values that sources gave, in memory only. SECURITY: they are wiped when the vault is locked, and each goes only to the
 * destinations that the operator's configuration names for its source.
 */
export class SourceValues implements SourcedValues {
  readonly #parts: SourceValuesParts
  readonly #sources: ReadonlyMap<string, FetchedSource>
  /** By the id of a secret: which value of its source the vault has taken note of. */
  readonly #followed = new Map<string, number>()
  readonly #refusals = new Map<string, unknown>()

  constructor(parts: SourceValuesParts) {
    this.#parts = parts
    this.#sources = new Map(parts.configured.map((each) => [each.name, new FetchedSource(each, parts.clock)]))
    parts.keyRing.onLock(() => this.#drop())
  }

  /** Fetches what `reveal` is going to be asked for. Never rejects: `reveal` throws then. */
  bring(grants: readonly SourcedGrant[]): Promise<void> | undefined {
    let waits: Promise<void>[] | undefined
    for (const { grant, source } of grants) {
      if (source === undefined || this.#parts.keyRing.locked) continue
      const fetching = this.#bringOne(grant.secretId, source)
      if (fetching !== undefined) waits = [...(waits ?? []), fetching]
    }
    return waits && Promise.all(waits).then(() => {})
  }

  /** Says that a service did not take the value of a source. */
  dismiss(name: string): void {
    this.#sources.get(name)?.dismiss()
  }

  reveal(secret: Secret): RevealedSecret {
    this.#parts.keyRing.requireUnlocked()
    const fetched = this.#sourceOf(secret.source)
    this.demandCover(secret.project, fetched.configured.name, secret.scopes)
    const { value, untilMs } = fetched.present()
    // SECURITY: the version names the value; one that the vault did not take note of has none.
    if (this.#followed.get(secret.id) !== fetched.generation) throw this.#refusals.get(secret.id) ?? unready(secret)
    return { version: secret.version, value: copyOf(value), untilMs }
  }

  verify(secret: Secret): void {
    const fetched = this.#sourceOf(secret.source)
    this.demandCover(secret.project, fetched.configured.name, secret.scopes)
    if (fetched.failure !== undefined) fetched.present()
    const refusal = this.#refusals.get(secret.id)
    if (refusal !== undefined) throw refusal
  }

  /**
   * Makes sure that a secret can be used at this moment; one that has no source can.
   * @throws CoatcheckError as `reveal` does, and `source_forbidden`
   */
  async demandReady(secret: Secret): Promise<void> {
    if (secret.source === undefined) return
    await this.bring([{ grant: { secretId: secret.id }, source: secret.source }])
    this.verify(secret)
    this.#sourceOf(secret.source).present()
  }

  /** Asks every source whose value is not fresh, so that `verify` and `list` know of each. Never rejects. */
  async askAll(): Promise<void> {
    if (this.#parts.keyRing.locked) return
    await Promise.all([...this.#sources.values()].map((fetched) => fetched.bring()))
  }

  /**
   * A copy of the value of a source, fetched if there is no fresh one, for a secret that is about to be made of it.
   * @throws CoatcheckError `source_forbidden` | `source_unavailable` | `vault_locked`
   */
  async fetchFor(project: string, name: string, scopes: readonly Scope[]): Promise<SecretValue> {
    this.#parts.keyRing.requireUnlocked()
    this.demandCover(project, name, scopes)
    const fetched = this.#sourceOf(name)
    await fetched.bring()
    this.#parts.keyRing.requireUnlocked()
    return copyOf(fetched.present().value)
  }

  /** Asks the source of a secret again, whether or not its value is fresh. @throws CoatcheckError as `reveal` does */
  async refresh(secret: Secret): Promise<void> {
    const fetched = this.#sourceOf(secret.source)
    this.#parts.keyRing.requireUnlocked()
    await fetched.refresh()
    await this.#follow(secret.id, fetched)
    if (fetched.failure !== undefined) throw fetched.failure
    const refusal = this.#refusals.get(secret.id)
    if (refusal !== undefined) throw refusal
  }

  /**
   * SECURITY: SEC-02, SEC-06. Who may make a secret of a source without knowing its value may read that value, if it may go
   * anywhere; so the operator's configuration says where.
   * @throws CoatcheckError `source_forbidden` | `scope_invalid`
   */
  demandCover(project: string, name: string, scopes: readonly Scope[]): void {
    const configured = this.#sources.get(name)?.configured
    // SECURITY: R-89, SEC-15. The source of another project does not exist.
    const to = configured?.project === project ? configured.to : undefined
    // SECURITY: the name is not repeated; somebody may have put a value in its place.
    if (to === undefined) throw forbidden({ reason: 'the configuration has no source of this name' })
    if (scopes.some(({ inject }) => inject['grant'] === 'refresh-token')) {
      const reason = 'a service may give another refresh token for it, which cannot be written back to a source'
      throw new CoatcheckError('scope_invalid', { injector: 'oauth2', source: name, reason })
    }
    const wider =
      scopes.find((scope) => !to.some((outer) => covers(outer, scope))) ??
      // SECURITY: where tokens are asked for, the value goes as well.
      endpointsOf(scopes).find((endpoint) => !to.some((outer) => coversDestination(outer.to, endpoint.to)))
    if (wider === undefined) return
    throw forbidden({ source: name, to: wider.to, reason: 'the scope reaches further than `to` of the source' })
  }

  /** What is known of a source, whether or not it is configured. */
  stateOf(name: string): SourceState {
    const fetched = this.#sources.get(name)
    const instant = (ms: number | undefined) =>
      ms === undefined || ms === Number.MAX_SAFE_INTEGER ? null : new Date(ms).toISOString()
    const error =
      fetched === undefined ? 'the configuration has no source of this name' : fetched.failure?.facts['reason']
    return {
      name,
      kind: fetched?.configured.source.kind ?? null,
      fetchedAt: instant(fetched?.fetchedAtMs),
      usableUntil: instant(fetched?.usableUntilMs),
      lastError: error === undefined ? null : String(error),
    }
  }

  /** Sources of the configuration: those of a project, or all. */
  list(project?: string): readonly SourceView[] {
    const all = [...this.#sources.values()].map(({ configured }) => configured)
    const own = all.filter((configured) => project === undefined || configured.project === project)
    return own.map(({ name, to }) => {
      return { ...this.stateOf(name), to: to.map((reach) => reach.to) }
    })
  }

  #bringOne(secretId: string, name: string): Promise<void> | undefined {
    const fetched = this.#sources.get(name)
    if (fetched === undefined) return undefined
    const fetching = fetched.bring()
    if (fetching !== undefined) return fetching.then(() => this.#follow(secretId, fetched))
    return this.#followed.get(secretId) === fetched.generation ? undefined : this.#follow(secretId, fetched)
  }

  /** Has the vault take note of a value, so that another one is another version (SEC-16). Never rejects. */
  async #follow(secretId: string, fetched: FetchedSource): Promise<void> {
    const known = this.#followed.get(secretId)
    if (fetched.generation === known || fetched.fetchedAtMs === undefined) return
    const { generation } = fetched
    try {
      const before = this.#parts.vault().find(secretId)
      if (before === undefined) return
      const { value } = fetched.present()
      // A source is outside: what it gives is checked as if somebody had typed it.
      this.#parts.check(before.scopes, value)
      const after = this.#parts.vault().follow(secretId, value, known !== undefined)
      this.#followed.set(secretId, generation)
      this.#refusals.delete(secretId)
      if (after.version !== before.version) await this.#parts.onRotated(after)
    } catch (error) {
      this.#refusals.set(secretId, error)
    }
  }

  #sourceOf(name: string | undefined): FetchedSource {
    const fetched = this.#sources.get(name ?? '')
    if (fetched !== undefined) return fetched
    const reason = 'the configuration has no source of this name'
    throw new CoatcheckError('source_unavailable', { source: name ?? null, reason })
  }

  #drop(): void {
    for (const fetched of this.#sources.values()) fetched.drop()
    this.#followed.clear()
    this.#refusals.clear()
  }
}

/** The addresses that scopes name beside their destinations. */
function endpointsOf(scopes: readonly Scope[]): readonly Pick<Scope, 'to'>[] {
  const named = scopes.flatMap(({ inject }) => [inject['tokenUrl'], inject['api']])
  return named.filter((to) => typeof to === 'string').map((to) => ({ to }))
}

/** SECURITY: a pin, roots or a private network may make another service of a host, so these too are the operator's to say. */
function covers(outer: SourceReach, { to, pin, roots, allowPrivate = false }: Scope): boolean {
  return (
    coversDestination(outer.to, to) &&
    isDeepStrictEqual(pin, outer.pin) &&
    (roots === undefined || roots === outer.roots) &&
    (allowPrivate === false || outer.allowPrivate === true)
  )
}

function copyOf(value: SecretValue): SecretValue {
  return value.copy()
}

function unready({ source }: Secret): CoatcheckError {
  return new CoatcheckError('source_unavailable', { source: source ?? null, reason: 'it was not asked yet' })
}

function forbidden(facts: SafeFacts): CoatcheckError {
  return new CoatcheckError('source_forbidden', {
    ...facts,
    hint: 'Let the operator declare it so, in the file of sources.',
  })
}
