import { createHash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { DerivedCredentials } from '../egress/derived-credentials.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { Clock } from '../foundation/clock.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import type { Derivation, Minting, ReadAnswer } from '../injection/derivation.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { Secret } from '../vault/secret.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { SharedCredential, SharedCredentials } from '../vault/shared-credentials.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import { type GrantWatch, MintedTokens } from './minted-tokens.ts'
import { readTokenReply } from './read-token-reply.ts'
import { Renewals } from './renewals.ts'
import { lineThatGivesWay } from './room-for-chosen.ts'
import { type FailedStep, type MadeToken, type TokenStep, takeStep, tokenUnavailable } from './take-step.ts'
import type { KeptToken, TokenFailure, TokenLine } from './token-line.ts'
import type { Turns } from './turns.ts'

/** What a keeper works with. */
export interface TokenKeeperParts {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly ephemeral: Pick<EphemeralSecrets, 'find' | 'renew' | 'reveal'>
  /** What other brokers of the home got, and get to know of what this one gets. */
  readonly shared: Pick<SharedCredentials, 'find' | 'put'>
  readonly turns: Turns
  readonly upstream: Upstream
  readonly vault: Pick<Vault, 'find' | 'renew' | 'reveal' | 'state'>
  /** Absent where no grant ends before the keeper does. */
  readonly watch?: GrantWatch
  /** For one question with its answer; 10,000 when absent. */
  readonly timeoutMs?: number
}

const usualTimeoutMs = 10_000
/** A token is not used any longer in the last part of its life: the request has to arrive, and clocks differ. */
const marginMs = 60_000
/** SECURITY: agents choose what is answered 401, and so they must not choose how often a service is asked. */
const leastLifeMs = 30_000
/** How long a service is left alone that did not give a token: twice as long each time. */
const firstBackOffMs = 1_000
const maxBackOffMs = 30_000
/** How often one request asks anew, while the secret changes. */
const maxTurns = 4
/** Askers that are remembered as such, of all secrets. */
const maxStrangers = 256
/** How often tokens are looked at that nobody can use any longer. */
const sweepMs = 60_000

/**
 * Asks token endpoints, and keeps what they gave until shortly before its end. SECURITY: at most one question about a secret is
 * under way in a home, because many services take a refresh token once (AC-5.1, R-110); what came instead of it is stored
 * before anything else of the answer is used (AC-5.2).
 */
export class TokenKeeper implements DerivedCredentials {
  readonly #parts: TokenKeeperParts
  readonly #lines = new Map<string, TokenLine>()
  /** The last question of each turn: one for a secret, and one for each token that a grant has of its own. */
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #renewals = new Renewals()
  /** By who asked: that a service did not know them, whatever they asked for. */
  readonly #strangers = new RecentMap<string, TokenFailure>(maxStrangers)
  readonly #minted: MintedTokens | undefined
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts
    const { audit, upstream, watch } = parts
    const onEnded = (name: string): void => this.#drop(name)
    this.#minted = watch && new MintedTokens({ audit, upstream, watch, onEnded })
  }

  obtain(grant: RoutedGrant, derivation: Derivation): RevealedSecret | Promise<RevealedSecret> {
    const line = this.#lineOf(grant, derivation)
    return this.#atHand(line, this.#find(grant)) ?? this.#wait(line, grant, derivation)
  }

  dismiss(grant: RoutedGrant, derivation: Derivation): void {
    const line = this.#lineOf(grant, derivation)
    if (line.kept === undefined || this.#parts.clock.monotonicMs() - line.kept.madeAtMs < leastLifeMs) return
    line.dismissed = digestOf(line.kept.value)
    wipe(line)
  }

  /** Whether the service said that what this version holds is dead. */
  needsSignIn({ id, version }: Pick<Secret, 'id' | 'version'>): boolean {
    return [...this.#lines.values()].some(
      ({ secretId, failure }) =>
        secretId === id && failure?.version === version && failure.error.code === 'sign_in_needed',
    )
  }

  /** Wipes every token, as when the vault is locked. What has to be stored yet is kept: without it the sign-in were lost. */
  forget(): void {
    for (const line of this.#lines.values()) wipe(line)
    this.#minted?.forget()
  }

  /** Ends what is under way, stores what has to be stored yet, and wipes everything. */
  async close(): Promise<void> {
    this.#closing.abort(new CoatcheckError('token_unavailable', { reason: 'the broker stops' }))
    clearInterval(this.#timer)
    await Promise.allSettled(this.#last.values())
    await this.#minted?.close()
    this.forget()
    this.#lines.clear()
    this.#renewals.close()
  }

  /** A copy of what is kept, if it is good still. @throws CoatcheckError what was answered last, while it holds */
  #atHand({ asker, kept, failure }: TokenLine, { version }: Secret): RevealedSecret | undefined {
    const { clock } = this.#parts
    if (kept?.version === version && clock.now().getTime() < kept.untilMs) return copyOf(kept)
    // SECURITY: while a service is left alone, nothing is sent with what it gave before.
    const failures = [failure, asker === undefined ? undefined : this.#strangers.get(asker)]
    for (const each of failures) if (each?.version === version && clock.monotonicMs() < each.untilMs) throw each.error
    return undefined
  }

  async #wait(line: TokenLine, grant: RoutedGrant, derivation: Derivation): Promise<RevealedSecret> {
    for (let turn = 0; turn < maxTurns; turn++) {
      line.asking ??= this.#inTurn(line.turn, () => this.#ask(line, grant, derivation)).finally(() => {
        delete line.asking
      })
      await line.asking
      const made = this.#atHand(line, this.#find(grant))
      if (made !== undefined) return made
    }
    throw new CoatcheckError('token_unavailable', { reason: 'the secret keeps changing' })
  }

  /** After what is asked in the same turn already. */
  #inTurn(name: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(act)
    const settled = turn.then(
      () => {},
      () => {},
    )
    this.#last.set(name, settled)
    void settled.then(() => {
      if (this.#last.get(name) === settled) this.#last.delete(name)
    })
    return turn
  }

  /** Asks, or takes what another broker of the home has asked for meanwhile. */
  async #ask(line: TokenLine, grant: RoutedGrant, derivation: Derivation): Promise<void> {
    using _turn = isShared(line, grant.grant) ? await this.#takeTurn(line, derivation) : undefined
    this.#renewals.settle(grant.grant.secretId)
    const secret = this.#find(grant)
    if (this.#takeShared(line, grant, secret)) return
    const { endpoint, minting, record, takes } = derivation
    const usualRead: ReadAnswer = (answer, now) => readTokenReply(answer, takes ?? 'access_token', now)
    using stored = this.#sourceOf(grant).reveal(secret.id).value
    const first = await this.#step(line, grant, minting, {
      secret,
      endpoint,
      ask: (now) => stored.use((bytes) => derivation.ask(bytes, now, grant.grant.id)),
      ...(record !== undefined && { record }),
      read: minting?.read ?? derivation.read ?? usualRead,
      settle: ({ refreshToken }) => {
        const renewed = refreshToken && stored.use((bytes) => derivation.renew(bytes, refreshToken))
        return renewed ? this.#store(grant, secret, new SecretValue(renewed)) : secret
      },
    })
    const further = minting?.further
    const last =
      first === undefined || further === undefined
        ? first
        : await this.#step(line, grant, minting, {
            secret: first.secret,
            endpoint: further.endpoint,
            ask: (now) => further.ask(first.given.credential, now),
            read: further.read,
            settle: () => first.secret,
          })
    if (last !== undefined) this.#keep(line, grant, last, minting)
  }

  /** @returns undefined where there is nothing to keep: the failure is remembered then, or the secret has another value */
  async #step(
    line: TokenLine,
    grant: RoutedGrant,
    minting: Minting | undefined,
    step: TokenStep,
  ): Promise<MadeToken | undefined> {
    const { secret } = step
    const ask: TokenStep['ask'] = (now) => {
      // SECURITY: a vault that was locked meanwhile gives nothing for a question either.
      this.#find(grant)
      return step.ask(now)
    }
    const outcome = await takeStep({ ...this.#parts, signal: this.#deadline() }, grant, { ...step, ask })
    if (outcome === undefined || 'given' in outcome) return outcome
    this.#remember(line, secret.version, outcome)
    if (minting !== undefined && outcome.surplus !== undefined) {
      const value = new SecretValue(Buffer.from(outcome.surplus, 'latin1'))
      this.#minted?.giveBack({ grant, secret, minting, value })
    }
    return undefined
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#parts.timeoutMs ?? usualTimeoutMs)])
  }

  async #takeTurn({ secretId }: TokenLine, derivation: Derivation): Promise<Disposable> {
    const signal = this.#deadline()
    try {
      return await this.#parts.turns.take(secretId, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      throw tokenUnavailable(derivation.endpoint.destination.host, 'another broker of this home is asking')
    }
  }

  /** SECURITY: what a service gave in place of what it takes no longer is on disk before the rest of its answer is used. */
  #store(grant: RoutedGrant, before: Secret, value: SecretValue): Secret | undefined {
    const present = this.#renewals.store({ source: this.#sourceOf(grant), before, value })
    if (present === undefined) return undefined
    for (const line of this.#lines.values()) {
      if (line.secretId !== before.id || line.kept?.version !== before.version) continue
      // What other derivations got by the old value is good still.
      line.kept.version = present.version
      this.#share(line, grant, present)
    }
    return present
  }

  #keep(line: TokenLine, grant: RoutedGrant, { secret, given }: MadeToken, minting: Minting | undefined): void {
    const { credential, lifeMs } = given
    const untilMs = Math.floor(this.#parts.clock.now().getTime() + lifeMs - Math.min(marginMs, lifeMs / 4))
    this.#fill(line, secret, { value: new SecretValue(Buffer.from(credential, 'latin1')), untilMs })
    delete line.dismissed
    this.#share(line, grant, secret)
    if (minting === undefined) return
    const value = new SecretValue(Buffer.from(credential, 'latin1'))
    this.#minted?.add(line.name, { grant, secret, minting, value })
  }

  /** Whether another broker of the home left a credential that is good still. */
  #takeShared(line: TokenLine, grant: RoutedGrant, secret: Secret): boolean {
    const found = isShared(line, grant.grant, secret) ? this.#parts.shared.find(secret, line.derivation) : undefined
    if (found === undefined) return false
    const isDismissed = digestOf(found.value) === line.dismissed
    if (isDismissed) found.value[Symbol.dispose]()
    else this.#fill(line, secret, found)
    return !isDismissed
  }

  #fill(line: TokenLine, { version }: Secret, { value, untilMs }: SharedCredential): void {
    wipe(line)
    delete line.failure
    if (line.asker !== undefined) this.#strangers.delete(line.asker)
    line.kept = { version, value, untilMs, madeAtMs: this.#parts.clock.monotonicMs() }
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** Leaves what is kept to the other brokers of the home. */
  #share(line: TokenLine, { grant }: RoutedGrant, secret: Secret): void {
    const { derivation, kept } = line
    if (kept === undefined || !isShared(line, grant, secret)) return
    try {
      this.#parts.shared.put(secret, derivation, kept)
    } catch (error) {
      // It is good here all the same; the others ask for another one.
      if (!(error instanceof CoatcheckError)) throw error
    }
  }

  #remember(line: TokenLine, version: number, { failure: error, isOfAsker }: FailedStep): void {
    wipe(line)
    const asker = isOfAsker === true ? line.asker : undefined
    const before = asker === undefined ? line.failure : this.#strangers.get(asker)
    const failures = before?.version === version ? before.failures + 1 : 1
    const backOffMs = Math.min(firstBackOffMs * 2 ** (failures - 1), maxBackOffMs)
    const untilMs =
      error.code === 'sign_in_needed' ? Number.POSITIVE_INFINITY : this.#parts.clock.monotonicMs() + backOffMs
    const failure = { version, error, failures, untilMs }
    if (asker === undefined) line.failure = failure
    else this.#strangers.set(asker, failure)
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  #drop(name: string | undefined): void {
    const line = name === undefined ? undefined : this.#lines.get(name)
    if (name === undefined || line === undefined) return
    wipe(line)
    if (line.asking === undefined) this.#lines.delete(name)
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.now().getTime()
    for (const [key, line] of this.#lines) {
      if (line.kept !== undefined && nowMs < line.kept.untilMs) continue
      wipe(line)
      const { asker, asking, dismissed, failure } = line
      const isDone = (dismissed === undefined && failure === undefined) || asker !== undefined || this.#isOver(line)
      if (isDone && asking === undefined) this.#lines.delete(key)
    }
  }

  /** Whether it was for a grant that has ended, so that nobody asks for it again. */
  #isOver({ grantId }: TokenLine): boolean {
    try {
      return grantId !== undefined && this.#parts.watch?.isLiving(grantId) === false
    } catch {
      // Nobody can say while the vault is locked.
      return false
    }
  }

  /** SECURITY: a credential that reaches less far than its secret is one grant’s own; no other grant gets it. */
  #lineOf({ grant }: RoutedGrant, { asker, endpoint, key, minting }: Derivation): TokenLine {
    const name = `${minting === undefined ? grant.secretId : grant.id} ${key}`
    const own = minting === undefined ? { turn: grant.secretId } : { turn: name, grantId: grant.id }
    const known = this.#lines.get(name)
    if (asker !== undefined) {
      // What is used goes to the end, so that the first is the one unused for longest.
      if (known !== undefined) this.#lines.delete(name)
      else this.#drop(lineThatGivesWay(this.#lines.values(), grant.secretId, endpoint.destination.host))
    }
    const chosen = asker === undefined ? {} : { asker: `${grant.secretId} ${asker}` }
    const line = known ?? { name, secretId: grant.secretId, derivation: key, ...own, ...chosen }
    this.#lines.set(name, line)
    return line
  }

  #find(grant: RoutedGrant): Secret {
    // SECURITY: a locked vault gives out nothing, whatever is in memory.
    if (this.#parts.vault.state === 'locked') throw new CoatcheckError('vault_locked')
    const secret = this.#sourceOf(grant).find(grant.grant.secretId)
    if (secret === undefined) throw new CoatcheckError('secret_not_found', { secret: grant.grant.secretId })
    return secret
  }

  #sourceOf({ grant }: RoutedGrant): Pick<Vault, 'find' | 'renew' | 'reveal'> {
    return grant.ephemeral ? this.#parts.ephemeral : this.#parts.vault
  }
}

/**
 * SECURITY: of values that no vault holds, nothing is written down, nor what was made from them; what is one grant’s own is no other
 * broker’s; and what clients choose fills no database.
 */
function isShared({ asker, grantId }: TokenLine, { ephemeral }: Grant, secret?: Secret): boolean {
  return grantId === undefined && asker === undefined && !ephemeral && secret?.source === undefined
}

function digestOf(value: SecretValue): string {
  return value.use((bytes) => createHash('sha256').update(bytes).digest('hex'))
}

function copyOf({ version, value, untilMs }: KeptToken): RevealedSecret {
  return { version, value: value.copy(), untilMs }
}

function wipe(line: TokenLine): void {
  line.kept?.value[Symbol.dispose]()
  delete line.kept
}
