import type { Socket } from 'node:net'
import { problems } from '@coatcheck/contract'
import { parseAuthority } from '../../foundation/destination-authority.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { internalHost } from '../agent-door.ts'
import type { FaultCount } from '../fault-count.ts'
import type { GatewayFront } from '../gateway/gateway-front.ts'
import type { ArrivedRequest, ConnectRequest, HttpConnections, HttpPlane } from '../http-plane.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { ClientConnection, SandboxEgress } from '../sandbox-egress.ts'
import { writeProblem } from '../write-problem.ts'
import type { Admission } from './doorkeeper.ts'
import type { Gatehouse } from './gatehouse.ts'
import { type AbsoluteTarget, readAbsoluteTarget, readConnectTarget } from './read-target.ts'
import type { Strangers } from './strangers.ts'

/** A connection from somewhere else, of which nothing is known yet but its address. */
export interface Visitor extends ClientConnection {
  /** Plain address of the other side. */
  readonly peer: string
}

/** What a proxy front works with. */
export interface ProxyFrontParts {
  readonly faults: FaultCount
  readonly gatehouse: Gatehouse
  readonly gateway: GatewayFront
  readonly plane: HttpPlane
  readonly strangers: Strangers
  /** The sandbox's way out, opened when it is not yet. @throws CoatcheckError */
  egressOf(sandbox: Sandbox): Promise<SandboxEgress>
}

type Unauthenticated = 'proxy_unauthenticated' | 'gateway_unauthenticated'

interface Context extends Visitor {
  /** Requests on this connection that showed nobody. */
  challenges: number
  challenge: Unauthenticated
  /** Id of the record about a visitor who never said who it is. */
  readonly recordId: string
  /** Somebody was admitted on this connection, or turned away with a record. */
  settled: boolean
  /** The sandbox that was admitted last. */
  holder: SandboxEgress | undefined
  /** Runs until somebody was admitted. */
  readonly deadline: NodeJS.Timeout
}

/** Clients repeat a request with credentials on the same connection; none needs to do it often. */
const maxChallenges = 8
/** How long a connection may last on which nobody has said who is calling. */
const strangerMs = 60_000
const challenge = { 'proxy-authenticate': 'Basic realm="coatcheck"' }

/**
 * Speaks HTTP with sandboxes that run elsewhere: CONNECT, requests in absolute-form, and base URLs. SECURITY: who is
 * calling is settled before anything is read from where the request is meant to go.
 */
export class ProxyFront {
  readonly #parts: ProxyFrontParts
  readonly #connections: HttpConnections<Context>

  constructor(parts: ProxyFrontParts) {
    this.#parts = parts
    this.#connections = parts.plane.connections<Context>({
      onRequest: (arrived, context) => void this.#onRequest(arrived, context),
      onConnect: (request, socket, context) => void this.#onConnect(request, socket, context),
      onMalformed: (socket, refusal, context) => void this.#onMalformed(socket, refusal, context),
    })
  }

  /** Takes over a connection that speaks HTTP. */
  serve(visitor: Visitor): void {
    // SECURITY: a visitor who is nobody holds no connection for long, however slowly the request comes.
    const deadline = setTimeout(() => visitor.tcp.destroy(), strangerMs).unref()
    const context: Context = {
      ...visitor,
      challenges: 0,
      challenge: 'proxy_unauthenticated',
      recordId: newIdentifier('con'),
      settled: false,
      holder: undefined,
      deadline,
    }
    visitor.tcp.on('close', () => {
      clearTimeout(deadline)
      // One record for a visitor who never said who it is, however often it was asked.
      if (context.challenges > 0 && !context.settled) {
        void this.#parts.gatehouse.recordStranger(
          context.challenge,
          visitor.peer,
          { reason: 'no token' },
          context.recordId,
        )
      }
    })
    this.#connections.serve(visitor.stream, visitor.tcp, context)
  }

  /** SECURITY: a connection ends with the sandbox that uses it, and with no other that was there before. */
  async #admit(context: Context, sandbox: Sandbox): Promise<SandboxEgress> {
    context.settled = true
    this.#parts.strangers.leave(context.tcp, context.peer)
    const egress = await this.#parts.egressOf(sandbox)
    if (context.holder !== egress) context.holder?.release(context.tcp)
    context.holder = egress
    clearTimeout(context.deadline)
    egress.hold(context.tcp)
    return egress
  }

  async #onRequest(arrived: ArrivedRequest, context: Context): Promise<void> {
    const { gatehouse, gateway } = this.#parts
    const { fields: all } = arrived
    try {
      const absolute = readAbsoluteTarget(arrived.target)
      const identifying = gatehouse.identify(arrived, context.peer, absolute === undefined)
      const shown = identifying instanceof Promise ? await identifying : identifying
      const egress = await this.#admitted(arrived, context, shown.admission, absolute !== undefined)
      if (egress === undefined) return
      const { tcp } = context
      const fields = shown.byField ? all.filter((field) => !isProxyAuthorization(field)) : all
      if (shown.key !== undefined) {
        await gateway.answerKey({ ...arrived, tcp, target: shown.target, fields }, egress, shown.key)
      } else if (absolute === undefined) {
        await gateway.answer({ ...arrived, tcp, target: shown.target, fields, form: shown.form }, egress)
      } else if ('code' in absolute) await egress.refuseRequest(arrived, tcp, absolute)
      else await this.#forward(arrived, egress, absolute, fields, tcp)
    } catch (error) {
      const id = newIdentifier('exc')
      this.#refuse(arrived, context, this.#parts.faults.refusalOf(id, error), id)
    }
  }

  async #onMalformed(socket: Socket, refusal: Refusal, context: Context): Promise<void> {
    context.settled = true
    const { gatehouse } = this.#parts
    writeProblem(socket, refusal, await gatehouse.recordStranger(refusal.code, context.peer, refusal.facts))
  }

  #forward(
    arrived: ArrivedRequest,
    egress: SandboxEgress,
    { destination, target }: AbsoluteTarget,
    fields: readonly HeaderField[],
    tcp: Socket,
  ): Promise<void> {
    if (destination.host !== internalHost) return egress.acceptRequest(arrived, tcp, destination, { target, fields })
    return this.#parts.gateway.answerOwnName({ ...arrived, tcp, target, fields }, egress)
  }

  async #onConnect(request: ConnectRequest, socket: Socket, context: Context): Promise<void> {
    // SECURITY: nobody listens for errors of a connection between two owners, and one would end the process.
    socket.on('error', () => context.tcp.destroy())
    const { gatehouse } = this.#parts
    try {
      const { admission } = await gatehouse.identify(request, context.peer, false)
      if (admission?.outcome !== 'admitted') return await this.#refuseConnect(request, socket, context, admission)
      const egress = await this.#admit(context, admission.sandbox)
      const target = readConnectTarget(request.target)
      const refusal = 'code' in target ? target : mismatch(request, target.host)
      if (refusal !== undefined) return writeProblem(socket, refusal, await egress.recordRefusal(refusal))
      const { host, port } = target as Exclude<typeof target, Refusal>
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      await egress.acceptConnection({ stream: context.stream, tcp: context.tcp }, { host, text: host, port })
    } catch (error) {
      const id = newIdentifier('con')
      writeProblem(socket, this.#parts.faults.refusalOf(id, error), id)
    }
  }

  /** Says no to a CONNECT, and lets the client try again on the same connection where it was only asked who it is. */
  async #refuseConnect(
    request: ConnectRequest,
    socket: Socket,
    context: Context,
    admission: Exclude<Admission, { outcome: 'admitted' }> | undefined,
  ): Promise<void> {
    const away = await this.#turnedAway(context, admission, 'proxy_unauthenticated')
    if (away === undefined) return
    const { refusal, instance } = away
    const asked = refusal.code === 'proxy_unauthenticated'
    const keepOpen = asked && context.challenges <= maxChallenges && request.staysOpen
    writeProblem(socket, refusal, instance, { keepOpen, headers: asked ? challenge : {} })
    if (keepOpen) this.#connections.serve(socket, context.tcp, context)
  }

  /** The way out of whoever was admitted; undefined when the request was answered with a refusal. */
  async #admitted(
    arrived: ArrivedRequest,
    context: Context,
    admission: Admission | undefined,
    asProxy: boolean,
  ): Promise<SandboxEgress | undefined> {
    if (admission?.outcome === 'admitted') return this.#admit(context, admission.sandbox)
    const code = asProxy ? 'proxy_unauthenticated' : 'gateway_unauthenticated'
    const away = await this.#turnedAway(context, admission, code)
    if (away !== undefined) this.#refuse(arrived, context, away.refusal, away.instance)
    return undefined
  }

  /**
   * What somebody is told who may not come in; undefined where the connection was closed instead, after too many false
   * tokens. SECURITY: the refusal says nothing of why a token is no good; the journal does.
   */
  async #turnedAway(
    context: Context,
    admission: Exclude<Admission, { outcome: 'admitted' }> | undefined,
    code: Unauthenticated,
  ): Promise<{ readonly refusal: Refusal; readonly instance: string } | undefined> {
    const { gatehouse, strangers } = this.#parts
    context.challenges += 1
    context.challenge = code
    const refusal = refuse(code)
    if (admission === undefined) return { refusal, instance: context.recordId }
    context.settled = true
    if (admission.outcome === 'over') {
      return { refusal: admission.refusal, instance: await gatehouse.recordOver(admission) }
    }
    if (admission.outcome === 'elsewhere') {
      return { refusal: admission.refusal, instance: await gatehouse.recordElsewhere(admission) }
    }
    if (!strangers.mayFail(context.peer)) {
      context.tcp.destroy()
      return void (await gatehouse.recordSurplus(context.peer, 'too many false tokens'))
    }
    const { decoy, reason } = admission
    if (decoy !== undefined) return { refusal, instance: await gatehouse.recordDecoy(decoy, context.peer) }
    return { refusal, instance: await gatehouse.recordStranger(code, context.peer, { reason }) }
  }

  #refuse(arrived: ArrivedRequest, { challenges }: Context, refusal: Refusal, id: string): void {
    if (challenges > maxChallenges) arrived.closeBehind()
    const further =
      refusal.code === 'proxy_unauthenticated'
        ? challenge
        : problems[refusal.code].status === 401
          ? { 'www-authenticate': 'Coatcheck' }
          : undefined
    arrived.carrier.refuse(refusal, id, further)
  }
}

/** The Host field of a CONNECT, where there is one, names the same host (RFC 9110 §7.2, AC-3.2). */
function mismatch({ fields }: ConnectRequest, host: string): Refusal | undefined {
  const named = fields.filter(({ name }) => name.toLowerCase() === 'host')
  return named.every(({ value }) => parseAuthority(value, 'https')?.host === host)
    ? undefined
    : refuse('destination_mismatch', { expected: host })
}

function isProxyAuthorization({ name }: HeaderField): boolean {
  return name.toLowerCase() === 'proxy-authorization'
}
