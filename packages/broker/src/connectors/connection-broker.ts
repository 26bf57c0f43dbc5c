import type { Socket } from 'node:net'
import { CoatcheckError, type ProblemCode, type Scope } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { CapAsk } from '../caps/cap-desk.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { latencySince } from '../foundation/latency-since.ts'
import type { Revision } from '../foundation/revision.ts'
import type { ConnectionDoor, GatewayArrival } from '../sandbox/connection-door.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { GrantEnd } from '../sandbox/way-out.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import { connectionVariables } from './connection-variables.ts'
import type { GrantSetup, ReachWish, SessionEnd } from './connector.ts'
import { demandPlace } from './demand-place.ts'
import { GrantNames } from './grant-names.ts'
import { grantSetup, placeFor } from './grant-setup.ts'
import { countsBytes, type HoldParts, holdAmounts, noteCarried, settleAll, settleHold } from './hold-amounts.ts'
import { type JudgedGrant, type JudgeSources, judgeGrant } from './judge-grant.ts'
import type { LiveSession } from './live-session.ts'
import { bringLoginValue, type LoginValueSources, revealLoginValue } from './login-values.ts'
import { PortDoor, type PortParts } from './port-door.ts'
import { GrantProcesses, type ServedGrant } from './process/grant-processes.ts'
import type { FromProcess } from './process/messages.ts'
import { SessionNotes } from './session-notes.ts'
import { intendedSession, sessionOutcome } from './session-records.ts'

/** What connections are brokered with. */
export interface ConnectionBrokerParts extends HoldParts, JudgeSources, LoginValueSources, PortParts {
  readonly audit: AuditLog
  readonly revision: Revision
  readonly upstream: Upstream
  /** Says what is told of an error; an unexpected one is counted. */
  readonly codeOf: (instance: string, error: unknown) => ProblemCode
}

/** Connections of one grant at one time. */
const maxSessions = 256
/** Of those, the ones at a port that have not shown the placeholder; one more, and the oldest of them has to go. */
const maxStrangers = 64
/** How long a process may take to say goodbye to its clients, in milliseconds. */
const farewellMs = 700
/** How often live sessions are compared with the authority rows, in milliseconds. */
const compareMs = 250

/**
 * The connections that speak no HTTP: judges them, dials for them, records them, and ends them when authority ends. What they say is
 * read elsewhere, in one process for each grant.
 */
export class ConnectionBroker implements ConnectionDoor {
  readonly #parts: ConnectionBrokerParts
  readonly #processes = new GrantProcesses({
    heard: (served, message) => this.#heard(served, message),
    gone: (served) => this.#gone(served),
    replaced: (grantId) => this.#end((session) => session.grantId === grantId, 'grant_ended'),
  })
  readonly #sessions = new Map<string, LiveSession>()
  readonly #notes: SessionNotes
  readonly #ports: PortDoor
  readonly #names: GrantNames
  #comparing: NodeJS.Timeout | undefined
  #comparedAt = 0
  #isClosed = false

  constructor(parts: ConnectionBrokerParts) {
    this.#parts = parts
    this.#notes = new SessionNotes(parts.audit)
    this.#ports = new PortDoor(parts, {
      ...{ codeOf: parts.codeOf, sandboxes: parts.sandboxes },
      isServed: (grant) => this.#names.connectionOf(grant) !== undefined,
      open: (...arrived) => this.#open(...arrived),
    })
    this.#names = new GrantNames(parts)
    parts.keyRing.onLock(() => this.endAll())
  }

  /** How many connections are served. */
  get size(): number {
    return this.#sessions.size
  }

  portsOf(sandboxId: string): readonly number[] {
    return this.#names.portsOf(sandboxId)
  }

  isReachedFrom(sandbox: Pick<Sandbox, 'fence' | 'from'>): boolean {
    return sandbox.fence !== 'none' || this.#ports.isReachedFrom(sandbox)
  }

  async openPorts(sandbox: Pick<Sandbox, 'id' | 'fence' | 'from'>, grants: readonly Grant[]) {
    if (sandbox.fence !== 'none') return grants
    const opened = await this.#ports.open(sandbox, grants)
    if (this.#ports.size > 0) this.#watch()
    return opened
  }

  closePorts(sandboxId: string): void {
    this.#ports.closeSandbox(sandboxId)
  }

  knowsName(sandboxId: string, host: string): boolean {
    return this.#names.knows(sandboxId, host)
  }

  accept(sandbox: Sandbox, arrival: GatewayArrival): boolean {
    let grantId: string | undefined
    try {
      grantId = this.#names.grantAt(sandbox.id, arrival.host, arrival.port)
    } catch (error) {
      // SECURITY: what a name stands for cannot be read, so nobody else may take it for something of theirs.
      void this.#refuse(sandbox, arrival, newIdentifier('con'), error)
      return true
    }
    if (grantId === undefined) return false
    void this.#open(sandbox, grantId, arrival)
    return true
  }

  variablesOf(
    sandbox: Pick<Sandbox, 'fence'>,
    grant: Pick<Grant, 'id' | 'env' | 'port'>,
    scopes: readonly Scope[],
    placeholder: string,
  ): Readonly<Record<string, string>> | undefined {
    return connectionVariables(sandbox, grant, scopes, placeholder, (port) => this.#ports.addressOf(port))
  }

  endGrants(grantIds: readonly string[], why: GrantEnd): void {
    this.#ports.close(grantIds)
    this.#end(({ grantId }) => grantIds.includes(grantId), why)
  }

  endDenied(sandboxId: string): void {
    this.#compare((session) => session.sandboxId === sandboxId)
  }

  endSandbox(sandboxId: string): void {
    this.#end((session) => session.sandboxId === sandboxId, 'sandbox_expired')
  }

  endAll(): void {
    this.#end(() => true, 'secret_unavailable')
  }

  /** Ends every session and every process, and begins none from then on. Resolves when they are gone, and what they carried is counted. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#ports.close()
    this.#end(() => true, 'sandbox_expired')
    await this.#processes.close()
    clearInterval(this.#comparing)
    this.#notes.close()
  }

  async #open(sandbox: Sandbox, grantId: string, arrival: GatewayArrival): Promise<void> {
    const { tcp, isOpenToOthers = false } = arrival
    const id = newIdentifier('con')
    // Whoever is gone before it is served leaves nothing behind.
    tcp.on('error', () => {})
    try {
      if (isOpenToOthers) demandPlace(sandbox, tcp.remoteAddress)
      this.#demandOpen()
      const shown = await arrival.leaf()
      this.#demandOpen()
      const judged = this.#judge(sandbox.id, grantId)
      const served = this.#processes.serve(grantId, this.#setupOf(judged))
      if (isOpenToOthers) this.#makeRoom(served)
      if (served.sessions.size >= maxSessions) throw new CoatcheckError('rate_limited', { reason: 'too many sessions' })
      const startedAtMs = this.#parts.clock.monotonicMs()
      const session: LiveSession = {
        id,
        project: sandbox.project,
        sandboxId: sandbox.id,
        grantId,
        startedAtMs,
        setup: served.setup,
        holds: new Map(),
        ending: new AbortController(),
      }
      this.#sessions.set(id, session)
      served.sessions.add(id)
      clearTimeout(served.idle)
      this.#watch()
      served.process.send({ type: 'open', session: id, leaf: shown }, tcp)
    } catch (error) {
      await this.#refuse(sandbox, arrival, id, error)
    }
  }

  /** @throws CoatcheckError `sandbox_expired` */
  #demandOpen(): void {
    if (this.#isClosed) throw new CoatcheckError('sandbox_expired')
  }

  async #refuse({ id: sandbox, project }: Sandbox, arrival: GatewayArrival, id: string, error: unknown): Promise<void> {
    const { tcp, host, port } = arrival
    tcp.destroy()
    // The journal is closed with the broker.
    if (this.#isClosed) return
    const event = { id, kind: 'connection.refused', project, sandbox, host, port } as const
    // What is refused stays refused when the journal is failing.
    await this.#parts.audit.append({ ...event, code: this.#parts.codeOf(id, error) }).catch(() => {})
  }

  /** SECURITY: those who show nothing never keep out who has the placeholder. */
  #makeRoom({ process, sessions }: ServedGrant): void {
    const strangers = [...sessions].filter((id) => this.#sessions.get(id)?.hasShown !== true)
    const [oldest] = strangers
    if (oldest !== undefined && strangers.length >= maxStrangers)
      process.send({ type: 'end', session: oldest, code: 'rate_limited' })
  }

  /** @throws CoatcheckError as `judgeGrant` does */
  #judge(sandboxId: string, grantId: string): JudgedGrant {
    // SECURITY: a session begins under the authority of this moment, whoever changed it (SEC-01).
    this.#parts.revision.fresh?.()
    return judgeGrant(sandboxId, grantId, this.#parts)
  }

  #setupOf(judged: JudgedGrant): GrantSetup {
    return grantSetup(judged, this.#ports.addressOf(judged.grant.port), this.#parts.extraRoots)
  }

  #heard(served: ServedGrant, message: FromProcess): void {
    // SECURITY: a process speaks for its own sessions only.
    const session = served.sessions.has(message.session) ? this.#sessions.get(message.session) : undefined
    if (session === undefined) return
    if (message.type === 'reach') void this.#reach(session, served, message.wish)
    else if (message.type === 'reserve') void this.#hold(session, served, message)
    else if (message.type === 'carrying') noteCarried(session, message.hold, message.bytes)
    else if (message.type === 'settle') settleHold(session, message.hold, message.actual, this.#parts)
    else if (message.type === 'refused') this.#notes.refused(this.#eventOf(session), message.code, message.note)
    else if (message.type === 'said') this.#notes.said(this.#eventOf(session), message.note)
    else this.#over(session, served, message.end)
  }

  async #hold(session: LiveSession, { process }: ServedGrant, asked: Pick<CapAsk, 'amounts' | 'part'>): Promise<void> {
    const held = await holdAmounts(session, asked, this.#parts)
    process.send(held)
    // SECURITY: a session that may not carry more is over, whatever its process does.
    if (asked.part !== undefined && held.code !== undefined) this.#end(({ id }) => id === session.id, held.code)
  }

  /** Dials for a session whose client has logged in. */
  async #reach(session: LiveSession, served: ServedGrant, wish: ReachWish): Promise<void> {
    const { id, ending } = session
    let secret: RevealedSecret | undefined
    try {
      ending.signal.throwIfAborted()
      const before = this.#judge(session.sandboxId, session.grantId)
      await bringLoginValue(before, wish, this.#parts)
      ending.signal.throwIfAborted()
      const isMetered = await countsBytes(session, before.connection.destination.scheme, this.#parts)
      ending.signal.throwIfAborted()
      const judged = this.#judge(session.sandboxId, session.grantId)
      if (wish.purpose === 'login') {
        session.hasShown = true
        secret = revealLoginValue(judged, wish, this.#parts)
      }
      const intent = intendedSession(this.#eventOf(session), judged, wish, secret?.version)
      // A question beside a login does not make the session another one.
      if (wish.purpose !== 'state' || session.intent === undefined) session.intent = intent
      await this.#parts.audit.append({ ...intent, kind: 'connection.intended' })
      ending.signal.throwIfAborted()
      const socket = wish.isOpen === true ? undefined : await this.#dial(judged, wish, ending.signal)
      // SECURITY: what was revoked while it was dialled gets nothing.
      if (ending.signal.aborted || !this.#sessions.has(id)) {
        socket?.destroy()
        return
      }
      const bytes = secret?.value.use((value) => Buffer.from(value)) ?? Buffer.alloc(0)
      served.process.send(
        { type: 'reached', session: id, secret: bytes, version: secret?.version ?? 0, isMetered },
        socket,
      )
    } catch (error) {
      // Nobody is left to be told, and what an end brings about is no fault.
      if (!this.#sessions.has(id)) return
      const code = session.endedFor ?? this.#parts.codeOf(id, error)
      served.process.send({ type: 'unreached', session: id, code })
    } finally {
      secret?.value[Symbol.dispose]()
    }
  }

  async #dial(judged: JudgedGrant, wish: ReachWish, signal: AbortSignal): Promise<Socket> {
    const { destination, reach } = placeFor(judged, wish)
    const how = { ...reach, transport: 'tcp', untouched: true } as const
    const socket = (await this.#parts.upstream.dial(destination, how, signal)) as Socket
    socket.on('error', () => {})
    return socket
  }

  #eventOf({ id, project, sandboxId, grantId, intent }: LiveSession) {
    return intent ?? { id, project, sandbox: sandboxId, grants: [grantId] }
  }

  #over(session: LiveSession, served: ServedGrant | undefined, end: SessionEnd): void {
    if (!this.#sessions.delete(session.id)) return
    served?.sessions.delete(session.id)
    session.ending.abort()
    settleAll(session, this.#parts)
    if (served?.sessions.size === 0) {
      this.#processes.retire(session.grantId, served, session.endedFor !== undefined)
    }
    if (this.#sessions.size === 0 && this.#ports.size === 0) {
      clearInterval(this.#comparing)
      this.#comparing = undefined
    }
    const latencyMs = latencySince(session.startedAtMs, this.#parts.clock)
    const entry = sessionOutcome(session, this.#eventOf(session), end, latencyMs)
    // Nobody is left to be told: the intent stands without an outcome, which is what the index shows as open.
    this.#parts.audit.append(entry).catch(() => {})
  }

  #gone(served: ServedGrant): void {
    for (const id of [...served.sessions]) {
      const session = this.#sessions.get(id)
      if (session !== undefined) this.#over(session, served, { code: 'internal', bytesSent: 0, bytesReceived: 0 })
    }
  }

  #end(isMeant: (session: LiveSession) => boolean, code: ProblemCode): void {
    const late = new Set<ServedGrant>()
    for (const session of this.#sessions.values()) {
      if (!isMeant(session) || session.endedFor !== undefined) continue
      session.endedFor = code
      session.ending.abort()
      const served = this.#processes.of(session.id)
      served?.process.send({ type: 'end', session: session.id, code })
      if (served !== undefined) late.add(served)
    }
    // SECURITY: however it takes its leave, a session is gone within a second (N2).
    for (const served of late) setTimeout(() => this.#cutOff(served), farewellMs).unref()
  }

  /** Ends the process of sessions that were told to end and have not; the others of its grant end with them. */
  #cutOff({ process, sessions }: ServedGrant): void {
    if ([...sessions].some((id) => this.#sessions.get(id)?.endedFor !== undefined)) void process.kill()
  }

  #watch(): void {
    if (this.#comparing !== undefined || this.#isClosed) return
    this.#comparing = setInterval(() => this.#compareChanged(), compareMs)
    this.#comparing.unref()
  }

  /** SECURITY: what another process of the home changed holds here too, and so does what a clock brings about. */
  #compareChanged(): void {
    let revision = -1
    try {
      revision = this.#parts.revision.fresh?.() ?? this.#parts.revision.current()
    } catch {
      // Whoever judges meets the same, and says so.
    }
    if (revision === this.#comparedAt && revision !== -1) return
    this.#comparedAt = revision
    this.#compare(() => true)
    this.#ports.closeOver()
  }

  #compare(isMeant: (session: LiveSession) => boolean): void {
    for (const session of [...this.#sessions.values()].filter(isMeant)) {
      try {
        const judged = judgeGrant(session.sandboxId, session.grantId, this.#parts)
        if (JSON.stringify(this.#setupOf(judged)) !== session.setup) throw new CoatcheckError('grant_ended')
      } catch (error) {
        const code = this.#parts.codeOf(session.id, error)
        this.#end(({ id }) => id === session.id, code)
      }
    }
  }
}
