import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import { ByteBudget } from '../caps/byte-budget.ts'
import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { Destination } from '../foundation/destination.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { EgressDecision } from '../policy/egress-policy.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { GrantEnd } from '../sandbox/way-out.ts'
import { internalHost } from './agent-door.ts'
import { applicableCaps } from './applicable-caps.ts'
import { coveringGrants } from './covering-grants.ts'
import type { Arrival } from './exchange.ts'
import { ExchangeFront, type RewrittenHead } from './exchange-front.ts'
import type { ArrivedRequest } from './http-plane.ts'
import { LiveExchanges } from './live-exchanges.ts'
import type { PipelineServices } from './pipeline.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Reach, Routes } from './routes.ts'
import { refuseUnseen } from './stages/decide-rules.ts'
import { isOver } from './stages/identify.ts'
import { recordArrivalRefused } from './stages/record-arrival.ts'
import { toldOfKey } from './told-of-key.ts'
import type { ClientHello } from './transparent/client-hello.ts'
import { handshake } from './transparent/handshake.ts'
import { peek } from './transparent/peek.ts'
import { openTunnel } from './transparent/tunnel.ts'

/** A client's connection, from the moment on that it is known where it is meant to lead. */
export interface ClientConnection {
  /** What the client speaks on. */
  readonly stream: Socket
  /** The TCP connection that carries it; the same one where nothing lies between. */
  readonly tcp: Socket
}

/** Where a client said that a connection leads, before it said anything on it. */
export interface NamedTarget {
  /** Canonical host; undefined where what was said names none. */
  readonly host: string | undefined
  /** What was said, for records. */
  readonly text: string
  readonly port: number
}

/** Answers what sandboxes ask the broker itself. */
export interface InternalServer {
  /** Takes over a connection of a sandbox that speaks HTTP with the broker. */
  serve(connection: ClientConnection, egress: SandboxEgress): void
}

/** What one sandbox's way out is made of. */
export interface SandboxEgressParts {
  readonly sandbox: Sandbox
  readonly authority: Pick<CertificateAuthority, 'contextFor'>
  readonly internal: InternalServer
}

/** What records name as the destination of a request that did not get as far as having one. */
const ownDestination: Destination = { scheme: 'http', host: internalHost, port: 80 }

type Tunnelled = Extract<EgressDecision<Reach>, { effect: 'tunnel' }>

interface Served {
  readonly effect: 'serve'
  readonly refusal: Refusal | undefined
}

/**
 * The way out of one sandbox. Whatever way a connection or a request came in, it is accepted here, under the same verdict,
 * once it is settled that it comes from this sandbox and where it is meant to lead.
 */
export class SandboxEgress {
  readonly sandbox: Sandbox
  readonly #authority: SandboxEgressParts['authority']
  readonly #internal: InternalServer
  readonly #services: PipelineServices
  readonly #live = new LiveExchanges()
  readonly #front: ExchangeFront

  constructor({ sandbox, authority, internal }: SandboxEgressParts, services: PipelineServices) {
    this.sandbox = sandbox
    this.#authority = authority
    this.#internal = internal
    this.#services = services
    this.#front = new ExchangeFront(sandbox, services, this.#live)
  }

  /** Brings up to date what `routes` and `refusal` say, and look-ups about a head; undefined where nothing is to be waited for. */
  prepare(headOf?: () => RequestHead): Promise<void> | undefined {
    const { errands } = this.#services
    return errands === undefined ? undefined : errands.prepare(this.sandbox.id, headOf?.())
  }

  /** What decides about the sandbox's traffic. @throws CoatcheckError as `RouteTable.routesOf` does */
  routes(): Routes {
    return this.#services.routes.routesOf(this.sandbox.id)
  }

  /** Closes this connection when the sandbox ends, or at once where the sandbox has too many: then the answer is false. */
  hold(tcp: Socket): boolean {
    return this.#live.addConnection(tcp)
  }

  /** Lets go of a connection on which another sandbox has said who it is. */
  release(tcp: Socket): void {
    this.#live.releaseConnection(tcp)
  }

  /** Ends the exchanges that use one of these grants, and idle connections on which they were used. */
  endGrants(grantIds: readonly string[], why: GrantEnd): void {
    this.#live.endGrants(grantIds, refuse(why))
    this.#services.cookies.endGrants(grantIds)
    this.#forgetConnections()
  }

  /** Ends the exchanges and tunnels that the present rules would not let begin in this way. */
  endDenied(): void {
    this.#live.endDenied(refuse('destination_denied'))
    this.#forgetConnections()
  }

  /** Ends the exchanges that use a grant. */
  endInjected(): void {
    this.#live.endInjected(refuse('secret_unavailable'))
    this.#services.cookies.endSandbox(this.sandbox.id)
    this.#forgetConnections()
  }

  /** Ends every exchange, tunnel and connection. */
  endAll(): void {
    this.#live.endAll(refuse('sandbox_expired'))
    this.#services.cookies.endSandbox(this.sandbox.id)
    this.#forgetConnections()
  }

  /** Looks at what a client says on a connection, and inspects, tunnels or refuses it. Never rejects. */
  async acceptConnection(client: ClientConnection, target: NamedTarget): Promise<void> {
    client.stream.on('error', () => client.tcp.destroy())
    if (!this.hold(client.tcp)) return this.#recordSurplus(target)
    const opening = await peek(client.stream)
    const looking = this.#lookAnew()
    if (looking !== undefined) await looking
    const fallback: Destination = { scheme: 'https', host: target.host ?? target.text, port: target.port }
    try {
      if (opening.speaks === 'tls') await this.#acceptTls(client, opening.hello, target.host, fallback)
      else if (opening.speaks === 'http') await this.#acceptClear(client, { ...fallback, scheme: 'http' }, target.host)
      else await this.#drop(client, fallback, refuse('protocol_unsupported'))
    } catch (error) {
      await this.#drop(client, fallback, this.refusalOf(error))
    }
  }

  /**
   * Brings one request to its end that came on a connection which leads to the broker. `rewritten` has its target and
   * fields as they would have come on a connection to the destination. Never rejects.
   */
  async acceptRequest(
    arrived: ArrivedRequest,
    tcp: Socket,
    destination: Destination,
    rewritten: RewrittenHead,
  ): Promise<void> {
    if (!this.hold(tcp)) return
    const preparing = this.prepare()
    if (preparing !== undefined) await preparing
    const decision = this.#decide(destination, true)
    const refusal = decision.effect === 'serve' ? decision.refusal : undefined
    await this.#front.answer(arrived, accepted(this.#arrival(destination), refusal, tcp), rewritten)
  }

  /** Refuses a request that came on a connection which leads to the broker. Never rejects. */
  async refuseRequest(
    arrived: ArrivedRequest,
    tcp: Socket,
    refusal: Refusal,
    destination: Destination = ownDestination,
  ): Promise<void> {
    if (!this.hold(tcp)) return
    await this.#front.answer(arrived, accepted(this.#arrival(destination), refusal, tcp))
  }

  /** Records that something which was no request was refused. Never rejects. @returns id of the event */
  async recordRefusal(refusal: Refusal): Promise<string> {
    const id = newIdentifier('exc')
    await recordArrivalRefused(this.#services.audit, this.sandbox, ownDestination, refusal, { id })
    return id
  }

  /** Why the sandbox is not to be served at all, if it is not. */
  refusal(): Refusal | undefined {
    try {
      this.#services.clock.assertSane()
      const { sandbox } = this.routes()
      return isOver(sandbox, this.#services.clock) ? this.#over(sandbox) : undefined
    } catch (error) {
      return this.refusalOf(error)
    }
  }

  /** What is said about an error on the way of this sandbox; an unexpected one is counted. */
  refusalOf(error: unknown): Refusal {
    const refusal = this.#services.faults.refusalOf(this.sandbox.id, error)
    return toldOfKey(refusal, this.sandbox, this.#services.clock)
  }

  async #acceptTls(
    client: ClientConnection,
    { serverName }: ClientHello,
    host: string | undefined,
    fallback: Destination,
  ): Promise<void> {
    // SECURITY: a client that hides the name gets nothing; the address alone decides nothing.
    if (serverName === undefined) {
      return this.#drop(client, fallback, refuse('destination_mismatch', { reason: 'no TLS server name' }))
    }
    const destination = { ...fallback, host: serverName }
    if (host !== serverName) {
      const facts = { dialled: fallback.host, named: serverName }
      return this.#terminate(client, destination, refuse('destination_mismatch', facts))
    }
    if (host === internalHost) return this.#terminate(client, destination, undefined)
    const decision = this.#decide(destination)
    if (decision.effect === 'serve') return this.#terminate(client, destination, decision.refusal)
    const refusal = await this.#tunnel(client, destination, decision)
    if (refusal !== undefined) await this.#terminate(client, destination, refusal)
  }

  async #acceptClear(client: ClientConnection, destination: Destination, host: string | undefined): Promise<void> {
    if (host === undefined) {
      return this.#serve(client, destination, refuse('destination_mismatch', { dialled: destination.host }))
    }
    if (host === internalHost) return this.#internal.serve(client, this)
    const decision = this.#decide(destination)
    const refusal = decision.effect === 'serve' ? decision.refusal : await this.#tunnel(client, destination, decision)
    if (decision.effect === 'serve' || refusal !== undefined) this.#serve(client, destination, refusal)
  }

  /** SECURITY: nothing that a grant opened outlives it, whether or not anything was under way on it. */
  #forgetConnections(): void {
    this.#services.plane.forget(this.sandbox.id)
    this.#services.scrubbers.endSandbox(this.sandbox.id)
    this.#front.forget()
  }

  #over(sandbox: Sandbox): Refusal {
    return toldOfKey(refuse('sandbox_expired'), sandbox, this.#services.clock)
  }

  /** SECURITY: a connection begins under the authority of this moment, whoever changed it (SEC-01). */
  #lookAnew(): Promise<void> | undefined {
    try {
      this.#services.revision.fresh?.()
    } catch {
      // Whoever decides about the connection meets the same, and says so.
    }
    return this.#services.errands?.look(this.sandbox.id)
  }

  /** What to do with a connection; what cannot be decided is served with a refusal. `isRead`: the request is here already. */
  #decide(destination: Destination, isRead = false): Served | Tunnelled {
    try {
      const { clock } = this.#services
      const { policy, rules, sandbox } = this.routes()
      // SECURITY: in a tunnel nobody asks again, so whether the sandbox has expired is asked here (SEC-14).
      clock.assertSane()
      if (isOver(sandbox, clock)) return { effect: 'serve', refusal: this.#over(sandbox) }
      const decision = policy.decide(destination)
      if (decision.effect === 'tunnel') {
        const unseen = isRead ? undefined : refuseUnseen(rules, destination)
        return unseen === undefined ? decision : { effect: 'serve', refusal: unseen }
      }
      const { host, port } = destination
      const denied = decision.effect === 'deny'
      return {
        effect: 'serve',
        refusal: denied ? refuse('destination_denied', { host, port, rule: decision.rule }) : undefined,
      }
    } catch (error) {
      return { effect: 'serve', refusal: this.refusalOf(error) }
    }
  }

  /** Ends TLS here, with a certificate of the sandbox's own authority; a refusal is said inside it. */
  async #terminate(
    { stream, tcp }: ClientConnection,
    destination: Destination,
    refusal: Refusal | undefined,
  ): Promise<void> {
    const secureContext = await this.#authority.contextFor(destination.host)
    const secure = new TLSSocket(stream, {
      isServer: true,
      secureContext,
      ALPNProtocols: [...this.#services.plane.protocols],
    })
    const reason = await handshake(secure)
    const client = { stream: secure, tcp }
    if (reason !== undefined) await this.#drop(client, destination, refusal ?? refuse('client_tls_failed', { reason }))
    else if (destination.host === internalHost && refusal === undefined) this.#internal.serve(client, this)
    else this.#serve(client, destination, refusal)
  }

  #serve({ stream, tcp }: ClientConnection, destination: Destination, refusal: Refusal | undefined): void {
    if (refusal === undefined) {
      const grants = coveringGrants(this.routes(), destination)
      this.#live.openedFor(
        tcp,
        grants.map(({ grant }) => grant.id),
      )
    }
    this.#front.serve(stream, accepted(this.#arrival(destination), refusal, tcp))
  }

  /** Carries a tunnel to its end, unless a cap has no room for it: then the answer says so, and nothing was done. */
  async #tunnel(
    { stream }: ClientConnection,
    destination: Destination,
    { rule, options: reach }: Tunnelled,
  ): Promise<Refusal | undefined> {
    let budget: { budget?: ByteBudget } = {}
    try {
      budget = await this.#budgetOfTunnel()
    } catch (error) {
      return this.refusalOf(error)
    }
    // SECURITY: a rule that is taken back, or a secret that now covers the host, ends a tunnel that is open.
    const mayGoOn = (): boolean => this.#decide(destination).effect === 'tunnel'
    const live = this.#live.begin({ used: () => [], mayGoOn })
    const arrival = this.#arrival(destination)
    const { project } = this.sandbox
    await openTunnel(stream, { arrival, project, rule, reach, signal: live.ending.signal, ...budget }, this.#services)
    live.over()
    return undefined
  }

  /** What caps hold for a tunnel, which carries no grant. @throws CoatcheckError `cap_reached` | `circuit_open` | `storage_unavailable` */
  async #budgetOfTunnel(): Promise<{ readonly budget?: ByteBudget }> {
    const { caps } = this.#services
    const isCounted = applicableCaps(this.routes(), []).some(({ cap }) => cap.unit === 'bytes')
    if (!isCounted) return {}
    // SECURITY: a cap that nobody counts lets nothing through.
    if (caps === undefined) throw new CoatcheckError('internal')
    const ask = { sandboxId: this.sandbox.id, grantIds: [], amounts: {} }
    const budget = new ByteBudget(async (part) => {
      const { id, maxBytes } = await caps.reserve({ ...ask, part })
      return { settle: (actual) => caps.settle(id, actual), ...(maxBytes !== undefined && { maxBytes }) }
    })
    await budget.begin()
    return { budget }
  }

  async #drop({ tcp }: ClientConnection, destination: Destination, refusal: Refusal): Promise<void> {
    await recordArrivalRefused(this.#services.audit, this.sandbox, destination, refusal)
    tcp.destroy()
  }

  #recordSurplus({ host, text, port }: NamedTarget): Promise<void> {
    const destination: Destination = { scheme: 'https', host: host ?? text, port }
    const refusal = refuse('rate_limited', { reason: 'too many connections' })
    return recordArrivalRefused(this.#services.audit, this.sandbox, destination, refusal)
  }

  #arrival(destination: Destination): Arrival {
    return { sandboxId: this.sandbox.id, destination }
  }
}

function accepted(arrival: Arrival, refusal: Refusal | undefined, tcp: Socket) {
  return refusal === undefined ? { arrival, tcp } : { arrival, refusal, tcp }
}
