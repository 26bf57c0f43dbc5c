import { createHash } from 'node:crypto'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { DerivedCredentials } from '../egress/derived-credentials.ts'
import type { Reach, RoutedGrant } from '../egress/routes.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Derivation, TokenEndpoint } from '../injection/derivation.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { Secret } from '../vault/secret.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { SharedCredential, SharedCredentials } from '../vault/shared-credentials.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import { askTokenEndpoint } from './ask-token-endpoint.ts'
import { DerivationRecord } from './derivation-record.ts'
import { readTokenReply, type TokenReply } from './read-token-reply.ts'
import { Renewals } from './renewals.ts'
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
  /** For one question with its answer; 10,000 when absent. */
  readonly timeoutMs?: number
}

interface Kept {
  version: number
  readonly value: SecretValue
  readonly untilMs: number
  /** Monotonic. */
  readonly madeAtMs: number
}

interface Failure {
  readonly version: number
  readonly error: CoatcheckError
  /** In a row. */
  readonly failures: number
  /** Monotonic; before it nothing is asked again. */
  readonly untilMs: number
}

/** All that is known of one derivation of one secret. */
interface Line {
  readonly secretId: string
  /** The key of the derivation. */
  readonly derivation: string
  kept?: Kept
  /** Digest of what the service did not take. */
  dismissed?: string
  failure?: Failure
  asking?: Promise<void>
}

type TokenOf = Extract<TokenReply, { outcome: 'token' }>

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
/** How often tokens are looked at that nobody can use any longer. */
const sweepMs = 60_000

/** What says that a service could not be asked, and nothing about what it was to be asked with. */
const ofNetwork: ReadonlySet<ProblemCode> = new Set([
  'destination_ip_prohibited',
  'destination_unresolved',
  'upstream_malformed',
  'upstream_proxy_refused',
  'upstream_proxy_unreachable',
  'upstream_timeout',
  'upstream_tls_untrusted',
  'upstream_unreachable',
])

/**
 * Asks token endpoints, and keeps what they gave until shortly before its end. SECURITY: at most one question about a secret is
 * under way in a home, because many services take a refresh token once (AC-5.1, R-110); what came instead of it is stored
 * before anything else of the answer is used (AC-5.2).
 */
export class TokenKeeper implements DerivedCredentials {
  readonly #parts: TokenKeeperParts
  readonly #lines = new Map<string, Line>()
  /** The last question about each secret. */
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #renewals = new Renewals()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts
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
  }

  /** Ends what is under way, stores what has to be stored yet, and wipes everything. */
  async close(): Promise<void> {
    this.#closing.abort(new CoatcheckError('token_unavailable', { reason: 'the broker stops' }))
    clearInterval(this.#timer)
    await Promise.allSettled(this.#last.values())
    this.forget()
    this.#lines.clear()
    this.#renewals.close()
  }

  /** A copy of what is kept, if it is good still. @throws CoatcheckError what was answered last, while it holds */
  #atHand({ kept, failure }: Line, { version }: Secret): RevealedSecret | undefined {
    const { clock } = this.#parts
    if (kept?.version === version && clock.now().getTime() < kept.untilMs) return copyOf(kept)
    // SECURITY: while a service is left alone, nothing is sent with what it gave before.
    if (failure?.version === version && clock.monotonicMs() < failure.untilMs) throw failure.error
    return undefined
  }

  async #wait(line: Line, grant: RoutedGrant, derivation: Derivation): Promise<RevealedSecret> {
    for (let turn = 0; turn < maxTurns; turn++) {
      line.asking ??= this.#inTurn(grant.grant.secretId, () => this.#ask(line, grant, derivation)).finally(() => {
        delete line.asking
      })
      await line.asking
      const made = this.#atHand(line, this.#find(grant))
      if (made !== undefined) return made
    }
    throw new CoatcheckError('token_unavailable', { reason: 'the secret keeps changing' })
  }

  /** After what is asked about the same secret already. */
  #inTurn(secretId: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(secretId) ?? Promise.resolve()).then(act)
    const settled = turn.then(
      () => {},
      () => {},
    )
    this.#last.set(secretId, settled)
    void settled.then(() => {
      if (this.#last.get(secretId) === settled) this.#last.delete(secretId)
    })
    return turn
  }

  /** Asks, or takes what another broker of the home has asked for meanwhile. */
  async #ask(line: Line, grant: RoutedGrant, derivation: Derivation): Promise<void> {
    using _turn = grant.grant.ephemeral ? undefined : await this.#takeTurn(line, derivation)
    this.#renewals.settle(grant.grant.secretId)
    const secret = this.#find(grant)
    if (this.#takeShared(line, grant, secret)) return
    const { audit } = this.#parts
    const record = new DerivationRecord(audit, grant, secret, derivation.endpoint)
    await record.begin()
    try {
      const { answer, reply, renewed } = await this.#question(grant, secret, derivation)
      if (reply.outcome === 'refused') {
        const error = errorOf(reply, derivation)
        this.#remember(line, secret.version, error)
        return await record.refused(error, answer.status)
      }
      const present = renewed === undefined ? secret : this.#store(grant, secret, renewed)
      await record.completed(answer.status, present)
      // Where the secret was given another value meanwhile, that one counts.
      if (present !== undefined) this.#keep(line, grant, present, reply)
    } catch (error) {
      const known =
        error instanceof CoatcheckError ? error : new CoatcheckError('upstream_timeout', {}, { cause: error })
      if (known.code === 'audit_unavailable') throw known
      await record.refused(known)
      if (!ofNetwork.has(known.code)) throw known
      this.#remember(line, secret.version, unavailable(derivation, 'it could not be asked', known))
    }
  }

  async #takeTurn({ secretId }: Line, derivation: Derivation): Promise<Disposable> {
    const { turns, timeoutMs = usualTimeoutMs } = this.#parts
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    try {
      return await turns.take(secretId, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      throw unavailable(derivation, 'another broker of this home is asking')
    }
  }

  async #question(grant: RoutedGrant, secret: Secret, derivation: Derivation) {
    const { clock, timeoutMs = usualTimeoutMs, upstream } = this.#parts
    using stored = this.#sourceOf(grant).reveal(secret.id).value
    const question = stored.use((bytes) => derivation.ask(bytes, clock.now()))
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    const { endpoint, takes } = derivation
    const answer = await askTokenEndpoint(upstream, endpoint, question, reachOf(grant, endpoint), signal)
    const reply = readTokenReply(answer, takes, clock.now())
    answer.body.fill(0)
    const refreshToken = reply.outcome === 'token' ? reply.refreshToken : undefined
    const renewed = refreshToken && stored.use((bytes) => derivation.renew(bytes, refreshToken))
    return { answer, reply, renewed: renewed ? new SecretValue(renewed) : undefined }
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

  #keep(line: Line, grant: RoutedGrant, secret: Secret, { credential, lifeMs }: TokenOf): void {
    const untilMs = Math.floor(this.#parts.clock.now().getTime() + lifeMs - Math.min(marginMs, lifeMs / 4))
    this.#fill(line, secret, { value: new SecretValue(Buffer.from(credential, 'latin1')), untilMs })
    delete line.dismissed
    this.#share(line, grant, secret)
  }

  /** Whether another broker of the home left a credential that is good still. */
  #takeShared(line: Line, grant: RoutedGrant, secret: Secret): boolean {
    const found = isShared(grant, secret) ? this.#parts.shared.find(secret, line.derivation) : undefined
    if (found === undefined) return false
    const isDismissed = digestOf(found.value) === line.dismissed
    if (isDismissed) found.value[Symbol.dispose]()
    else this.#fill(line, secret, found)
    return !isDismissed
  }

  #fill(line: Line, { version }: Secret, { value, untilMs }: SharedCredential): void {
    wipe(line)
    delete line.failure
    line.kept = { version, value, untilMs, madeAtMs: this.#parts.clock.monotonicMs() }
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** Leaves what is kept to the other brokers of the home. */
  #share({ derivation, kept }: Line, grant: RoutedGrant, secret: Secret): void {
    if (kept === undefined || !isShared(grant, secret)) return
    try {
      this.#parts.shared.put(secret, derivation, kept)
    } catch (error) {
      // It is good here all the same; the others ask for another one.
      if (!(error instanceof CoatcheckError)) throw error
    }
  }

  #remember(line: Line, version: number, error: CoatcheckError): void {
    wipe(line)
    const failures = line.failure?.version === version ? line.failure.failures + 1 : 1
    const backOffMs = Math.min(firstBackOffMs * 2 ** (failures - 1), maxBackOffMs)
    const untilMs =
      error.code === 'sign_in_needed' ? Number.POSITIVE_INFINITY : this.#parts.clock.monotonicMs() + backOffMs
    line.failure = { version, error, failures, untilMs }
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.now().getTime()
    for (const [key, line] of this.#lines) {
      if (line.kept !== undefined && nowMs < line.kept.untilMs) continue
      wipe(line)
      const { asking, dismissed, failure } = line
      if (asking === undefined && dismissed === undefined && failure === undefined) this.#lines.delete(key)
    }
  }

  #lineOf({ grant }: RoutedGrant, { key }: Derivation): Line {
    const name = `${grant.secretId} ${key}`
    const line = this.#lines.get(name) ?? { secretId: grant.secretId, derivation: key }
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

/** SECURITY: how an endpoint is dialled is said by a scope of the secret that covers it; without one, it has to be a public host (SEC-15). */
function reachOf({ scopes }: RoutedGrant, { destination, path }: TokenEndpoint): Reach {
  return scopes.find(({ pattern }) => pattern.matches(destination, path))?.reach ?? {}
}

function errorOf(
  { reason, isFinal }: Extract<TokenReply, { outcome: 'refused' }>,
  derivation: Derivation,
): CoatcheckError {
  const { host } = derivation.endpoint.destination
  return isFinal ? new CoatcheckError('sign_in_needed', { host, reason }) : unavailable(derivation, reason)
}

/** SECURITY: why a name leads nowhere stays in the broker: a sandbox must not learn what lies behind it. */
function unavailable({ endpoint }: Derivation, reason: string, cause?: Error): CoatcheckError {
  return new CoatcheckError('token_unavailable', { host: endpoint.destination.host, reason }, { cause })
}

/** SECURITY: of values that no vault holds, nothing is written down, and nothing that was made from them. */
function isShared({ grant }: RoutedGrant, { source }: Secret): boolean {
  return !grant.ephemeral && source === undefined
}

function digestOf(value: SecretValue): string {
  return value.use((bytes) => createHash('sha256').update(bytes).digest('hex'))
}

function copyOf({ version, value, untilMs }: Kept): RevealedSecret {
  return { version, value: value.copy(), untilMs }
}

function wipe(line: Line): void {
  line.kept?.value[Symbol.dispose]()
  delete line.kept
}
