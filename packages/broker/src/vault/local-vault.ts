import { createHash, timingSafeEqual } from 'node:crypto'
import { CoatcheckError, type RuleList, type Scope } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { createDataKey, openVersion, sealVersion } from './envelope.ts'
import type { KeyRing } from './key-ring.ts'
import { rotationDue } from './rotation-due.ts'
import type { Secret } from './secret.ts'
import type { SecretStore, WrappedKey } from './secret-store.ts'
import { assessStrength } from './secret-strength.ts'
import { SecretValue } from './secret-value.ts'
import { widensSecret } from './secret-widening.ts'
import { isRefuted, judged, leadingVersion, type StagedRotation, type TrialVerdict } from './staged-rotation.ts'
import type {
  ErasedSecret,
  FollowingVault,
  NewSecret,
  RevealedSecret,
  RotatingVault,
  SettledRotation,
  SourcedValues,
  Vault,
} from './vault.ts'

/** How often a change is tried again when another process changed the same secret meanwhile. */
const maxAttempts = 5

/** What a local vault is made of. */
export interface LocalVaultParts {
  readonly store: SecretStore
  readonly keyRing: KeyRing
  readonly clock: Clock
  /** Where the values of secrets with a source are; without it none of these can be used. */
  readonly sourced?: SourcedValues
}

/** The vault whose secrets lie, encrypted, in a store of this machine. Decrypts anew for each use. */
export class LocalVault implements Vault, FollowingVault, RotatingVault {
  readonly #store: SecretStore
  readonly #keyRing: KeyRing
  readonly #clock: Clock
  readonly #sourced: SourcedValues | undefined

  constructor({ store, keyRing, clock, sourced }: LocalVaultParts) {
    this.#sourced = sourced
    this.#store = store
    this.#keyRing = keyRing
    this.#clock = clock
  }

  get state(): 'unlocked' | 'locked' {
    return this.#keyRing.locked ? 'locked' : 'unlocked'
  }

  create(input: NewSecret, value: SecretValue): Secret {
    this.#keyRing.requireUnlocked()
    const weak = assessStrength(input.scopes, value.length, input.weak)
    const now = this.#clock.now().toISOString()
    const secret: Secret = { ...input, id: newIdentifier('sec'), version: 1, weak, createdAt: now, rotatedAt: now }
    const context = contextOf(secret)
    const key = createDataKey(this.#keyRing, secret.id)
    using kept = keptOf(secret, value)
    this.#store.create(secret, key, sealVersion(this.#keyRing, context, key, 1, kept))
    return secret
  }

  rotate(project: string, name: string, value: SecretValue, stagedSeconds?: number): Secret {
    return this.#change(project, name, (before) => {
      if (before.source !== undefined)
        throw new CoatcheckError('secret_sourced', { secret: name, source: before.source })
      return this.#replace(before, value, stagedSeconds)
    })
  }

  follow(secretId: string, value: SecretValue, isNew: boolean): Secret {
    const secret = this.#find(secretId)
    return this.#change(secret.project, secret.name, (before) => {
      using kept = keptOf(before, value)
      using known = this.#open(before)
      return isNew || !isSameValue(known, kept) ? this.#replace(before, value) : before
    })
  }

  renew(before: Secret, value: SecretValue): Secret {
    this.#keyRing.requireUnlocked()
    const version = before.version + 1
    const { staged, ...rest } = before
    const after: Secret = { ...rest, version }
    const sealed = sealVersion(this.#keyRing, contextOf(before), this.#readKey(before), version, value)
    // What services replace by the hour would pile up. The one before stays for who is reading it in this moment.
    this.#store.update(before, after, sealed, [before.version - 1, ...previousOf(staged)])
    return after
  }

  rescope(
    project: string,
    name: string,
    scopes: readonly Scope[] | undefined,
    proof: SecretValue | undefined,
    rules?: RuleList | null,
  ): Secret {
    return this.#change(project, name, (before) => {
      const { rules: earlier, ...rest } = before
      const list = rules === undefined ? earlier : (rules ?? undefined)
      const planned: Secret = { ...rest, scopes: scopes ?? before.scopes, ...(list !== undefined && { rules: list }) }
      const after = { ...planned, weak: this.#authorize(before, planned, proof) }
      this.#store.update(before, after)
      return after
    })
  }

  delete(project: string, name: string): ErasedSecret {
    this.#keyRing.requireUnlocked()
    const id = this.#store.identify(project, name)
    if (id === undefined) throw new CoatcheckError('secret_not_found')
    this.#store.erase(id)
    return { id, project, name }
  }

  get(project: string, name: string): Secret {
    const secret = this.#store.findByName(project, name)
    // SECURITY: the name is not repeated; somebody may have put a value in its place.
    if (secret === undefined) throw new CoatcheckError('secret_not_found')
    return secret
  }

  find(secretId: string): Secret | undefined {
    return this.#store.findById(secretId)
  }

  list(project: string, limit: number, cursor: string | null): readonly Secret[] {
    return this.#store.list(project, limit, cursor)
  }

  lastUsedAt(secretId: string): string | null {
    return this.#store.lastUsedAt(secretId)
  }

  reveal(secretId: string): RevealedSecret {
    this.#keyRing.requireUnlocked()
    const secret = this.#find(secretId)
    const revealed = secret.source === undefined ? this.#revealStored(secret) : this.#revealSourced(secret)
    this.#store.touch(secretId, this.#clock.now().toISOString())
    return revealed
  }

  revealPrevious(secretId: string): RevealedSecret {
    this.#keyRing.requireUnlocked()
    const secret = this.#find(secretId)
    const { trial, untilMs } = leadingVersion(secret, this.#clock.now().getTime())
    if (secret.staged === undefined || trial === undefined || untilMs === undefined)
      throw new CoatcheckError('secret_changed', { secret: secret.name })
    const { previous } = secret.staged
    return { version: previous, value: this.#open(secret, previous), trial: 'previous', untilMs }
  }

  judge(secretId: string, version: number, verdict: TrialVerdict): SettledRotation | undefined {
    return this.#changeStaged(secretId, (before, staged) => {
      if (version !== before.version && version !== staged.previous) return undefined
      const now = judged(staged, version === before.version, verdict, this.#clock.now())
      if (now === undefined) return { secret: this.#keepNew(before, staged), end: 'accepted' }
      if (now !== staged) this.#store.update(before, { ...before, staged: now })
      return undefined
    })
  }

  settle(secretId: string): SettledRotation | undefined {
    return this.#changeStaged(secretId, (before, staged) => {
      if (this.#clock.now() < new Date(staged.until)) return undefined
      if (isRefuted(staged)) return { secret: this.#putBack(before, staged), end: 'put-back' }
      return { secret: this.#keepNew(before, staged), end: 'time-up' }
    })
  }

  markReminded(secretId: string): boolean {
    const secret = this.#store.findById(secretId)
    if (secret === undefined) return false
    let isMarked = false
    this.#change(secret.project, secret.name, (before) => {
      const due = rotationDue(before)
      isMarked = before.reminded !== true && due !== null && new Date(due) <= this.#clock.now()
      if (isMarked) this.#store.update(before, { ...before, reminded: true })
      return before
    })
    return isMarked
  }

  verify(secretId: string): void {
    this.#keyRing.requireUnlocked()
    const secret = this.#find(secretId)
    this.#open(secret)[Symbol.dispose]()
    if (secret.source !== undefined) this.#sourcesFor(secret).verify(secret)
  }

  lock(): void {
    this.#keyRing.lock()
  }

  unlock(passphrase?: SecretValue): void {
    this.#keyRing.unlock(passphrase)
  }

  /** Whether the secret is weak under its new scopes. @throws CoatcheckError `value_required` | `secret_weak` */
  #authorize(before: Secret, { scopes, rules }: Secret, proof: SecretValue | undefined): boolean {
    if (!widensSecret(before, { scopes, rules })) return before.weak
    // SECURITY: who may send the secret somewhere new may read it, so only who knows it already may do that.
    using value = this.#open(before)
    using shown = proof && keptOf(before, proof)
    if (proof === undefined || shown === undefined || !isSameValue(value, shown))
      throw new CoatcheckError('value_required', { secret: before.name })
    return assessStrength(scopes, proof.length, before.weak)
  }

  #replace(before: Secret, value: SecretValue, stagedSeconds?: number): Secret {
    const version = before.version + 1
    const weak = assessStrength(before.scopes, value.length, before.weak)
    const now = this.#clock.now()
    const { staged: earlier, reminded: _, ...rest } = before
    const staged = stagedSeconds === undefined ? undefined : stageBehind(before, now, stagedSeconds)
    const after: Secret = { ...rest, version, weak, rotatedAt: now.toISOString(), ...(staged && { staged }) }
    using kept = keptOf(before, value)
    const sealed = sealVersion(this.#keyRing, contextOf(before), this.#readKey(before), version, kept)
    // What never proved itself gives way to the next attempt; what did work is kept for it.
    const obsolete = earlier === undefined ? [] : [before.version, ...(staged === undefined ? previousOf(earlier) : [])]
    this.#store.update(before, after, sealed, obsolete)
    return after
  }

  /** SECURITY: the version before is destroyed with the end of the trial. */
  #keepNew(before: Secret, staged: StagedRotation): Secret {
    const { staged: _, ...after } = before
    this.#store.update(before, after, undefined, previousOf(staged))
    return after
  }

  /** SECURITY: under a number of its own, so that no number ever stands for two values (SEC-16). */
  #putBack(before: Secret, staged: StagedRotation): Secret {
    const { staged: _, ...rest } = before
    const version = before.version + 1
    using value = this.#open(before, staged.previous)
    const weak = assessStrength(before.scopes, value.length, true)
    const after: Secret = { ...rest, version, weak, rotatedAt: staged.previousRotatedAt }
    const sealed = sealVersion(this.#keyRing, contextOf(before), this.#readKey(before), version, value)
    this.#store.update(before, after, sealed, [before.version, staged.previous])
    return after
  }

  #revealStored(secret: Secret): RevealedSecret {
    const leading = leadingVersion(secret, this.#clock.now().getTime())
    return { ...leading, value: this.#open(secret, leading.version) }
  }

  /** SECURITY: what lies in the store for such a secret is no value, and is never given out as one. */
  #revealSourced(secret: Secret): RevealedSecret {
    return this.#sourcesFor(secret).reveal(secret)
  }

  #sourcesFor({ source }: Secret): SourcedValues {
    if (this.#sourced !== undefined) return this.#sourced
    throw new CoatcheckError('source_unavailable', { source: source ?? null, reason: 'there are no sources here' })
  }

  #change(project: string, name: string, attempt: (before: Secret) => Secret): Secret {
    return this.#retrying(() => attempt(this.get(project, name)))
  }

  #changeStaged(
    secretId: string,
    attempt: (before: Secret, staged: StagedRotation) => SettledRotation | undefined,
  ): SettledRotation | undefined {
    return this.#retrying(() => {
      const before = this.#store.findById(secretId)
      return before?.staged === undefined ? undefined : attempt(before, before.staged)
    })
  }

  #retrying<Result>(attempt: () => Result): Result {
    this.#keyRing.requireUnlocked()
    for (let tried = 1; ; tried++) {
      try {
        return attempt()
      } catch (error) {
        if (!(error instanceof CoatcheckError) || error.code !== 'secret_changed' || tried === maxAttempts) throw error
      }
    }
  }

  /** SECURITY: plaintext comes into being only here, and only while the vault is unlocked. */
  #open(secret: Secret, number = secret.version): SecretValue {
    this.#keyRing.requireUnlocked()
    const version = this.#store.readVersion(secret.id, number)
    if (version === undefined) {
      // Another process may have deleted the secret between the two reads.
      if (this.#store.findById(secret.id) === undefined) throw notFound(secret.name)
      throw new CoatcheckError('row_tampered', { secret: secret.id })
    }
    // The key is read last: any read may show that keys were rotated, and a wrapped key is of use only until then.
    return openVersion(this.#keyRing, contextOf(secret), this.#readKey(secret), version)
  }

  #find(secretId: string): Secret {
    const secret = this.#store.findById(secretId)
    if (secret === undefined) throw notFound(secretId)
    return secret
  }

  #readKey(secret: Secret): WrappedKey {
    const key = this.#store.readKey(secret.id)
    if (key === undefined) throw notFound(secret.name)
    return key
  }
}

/** How the version in use is kept beside the next one; an earlier trial hands on what it kept. */
function stageBehind(before: Secret, now: Date, seconds: number): StagedRotation {
  const { previous = before.version, previousRotatedAt = before.rotatedAt } = before.staged ?? {}
  return { previous, previousRotatedAt, until: new Date(now.getTime() + seconds * 1000).toISOString() }
}

function previousOf(staged: StagedRotation | undefined): readonly number[] {
  return staged === undefined ? [] : [staged.previous]
}

/** What is stored for a value, to be wiped: a copy, or where it comes from a source, its fingerprint. */
function keptOf({ source }: Secret, value: SecretValue): SecretValue {
  return source === undefined ? value.copy() : new SecretValue(digestOf(value))
}

function contextOf({ id, project }: Secret): { readonly secretId: string; readonly project: string } {
  return { secretId: id, project }
}

function notFound(secret: string): CoatcheckError {
  return new CoatcheckError('secret_not_found', { secret })
}

/** Compares digests, so that the time depends on neither value. */
function isSameValue(left: SecretValue, right: SecretValue): boolean {
  return timingSafeEqual(digestOf(left), digestOf(right))
}

function digestOf(value: SecretValue): Uint8Array {
  return value.use((bytes) => createHash('sha256').update(bytes).digest())
}
