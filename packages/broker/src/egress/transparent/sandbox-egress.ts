import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Gateway } from '@coatcheck/launchers'
import type { CertificateAuthority } from '../../certificates/certificate-authority.ts'
import type { Destination } from '../../foundation/destination.ts'
import type { EgressDecision } from '../../policy/egress-policy.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { LiveExchanges } from '../live-exchanges.ts'
import type { PipelineServices } from '../pipeline.ts'
import { HttpFront } from '../reference/http-front.ts'
import { type Refusal, refusalOf, refuse } from '../refusal.ts'
import type { Reach } from '../routes.ts'
import { isOver } from '../stages/identify.ts'
import { recordArrivalRefused } from '../stages/record-arrival.ts'
import type { ClientHello } from './client-hello.ts'
import { handshake } from './handshake.ts'
import type { NameTable } from './name-table.ts'
import { peek } from './peek.ts'
import { openTunnel } from './tunnel.ts'

/** What one sandbox's way out is made of. */
export interface SandboxEgressParts {
  readonly sandbox: Sandbox
  readonly gateway: Gateway
  readonly authority: CertificateAuthority
  readonly names: NameTable
}

type Tunnelled = Extract<EgressDecision<Reach>, { effect: 'tunnel' }>

interface Served {
  readonly effect: 'serve'
  readonly refusal: Refusal | undefined
}

/** The way out of one sandbox: whatever its gateway accepts comes from it, and from nobody else. */
export class SandboxEgress {
  readonly #parts: SandboxEgressParts
  readonly #services: PipelineServices
  readonly #live = new LiveExchanges()
  readonly #http: HttpFront

  constructor(parts: SandboxEgressParts, services: PipelineServices) {
    this.#parts = parts
    this.#services = services
    this.#http = new HttpFront(parts.sandbox, services, this.#live)
    for (const [port, listener] of parts.gateway.listeners) {
      listener.on('connection', (socket: Socket) => void this.#accept(socket, port))
    }
  }

  /** Ends the exchanges that use one of these grants. */
  endGrants(grantIds: readonly string[]): void {
    this.#live.endGrants(grantIds, refuse('grant_expired'))
  }

  /** Ends the exchanges that use a grant. */
  endInjected(): void {
    this.#live.endInjected(refuse('secret_unavailable'))
  }

  /** Closes the gateway and everything that came through it. */
  async close(): Promise<void> {
    this.#live.endAll(refuse('sandbox_expired'))
    await this.#parts.gateway.close()
  }

  async #accept(socket: Socket, port: number): Promise<void> {
    this.#live.addConnection(socket)
    // A short write must not wait for the client to acknowledge the one before.
    socket.setNoDelay(true).on('error', () => socket.destroy())
    const dialled = socket.localAddress ?? ''
    const opening = await peek(socket)
    // SECURITY: the dialled address must be the one that this sandbox's resolver gave for the name.
    const name = this.#parts.names.nameOf(dialled)
    const fallback: Destination = { scheme: 'https', host: name ?? dialled, port }
    try {
      if (opening.speaks === 'tls') await this.#acceptTls(socket, opening.hello, name, fallback)
      else if (opening.speaks === 'http') await this.#acceptClear(socket, { ...fallback, scheme: 'http' }, name)
      else await this.#drop(socket, fallback, refuse('protocol_unsupported'))
    } catch (error) {
      await this.#drop(socket, fallback, refusalOf(error))
    }
  }

  async #acceptTls(
    socket: Socket,
    { serverName }: ClientHello,
    name: string | undefined,
    fallback: Destination,
  ): Promise<void> {
    // SECURITY: a client that hides the name gets nothing; the address alone decides nothing.
    if (serverName === undefined) {
      return this.#drop(socket, fallback, refuse('destination_mismatch', { reason: 'no TLS server name' }))
    }
    const destination = { ...fallback, host: serverName }
    if (name !== serverName) {
      const facts = { dialled: fallback.host, named: serverName }
      return this.#terminate(socket, destination, refuse('destination_mismatch', facts))
    }
    const decision = this.#decide(destination)
    if (decision.effect === 'tunnel') return this.#tunnel(socket, destination, decision.rule, decision.options)
    return this.#terminate(socket, destination, decision.refusal)
  }

  async #acceptClear(socket: Socket, destination: Destination, name: string | undefined): Promise<void> {
    if (name === undefined) {
      return this.#serve(socket, socket, destination, refuse('destination_mismatch', { dialled: destination.host }))
    }
    const decision = this.#decide(destination)
    if (decision.effect === 'tunnel') return this.#tunnel(socket, destination, decision.rule, decision.options)
    this.#serve(socket, socket, destination, decision.refusal)
  }

  /** What to do with a connection; what cannot be decided is served with a refusal. */
  #decide(destination: Destination): Served | Tunnelled {
    try {
      const { clock, routes } = this.#services
      const { policy, sandbox } = routes.routesOf(this.#parts.sandbox.id)
      // SECURITY: in a tunnel nobody asks again, so whether the sandbox has expired is asked here (SEC-14).
      clock.assertSane()
      if (isOver(sandbox, clock)) return { effect: 'serve', refusal: refuse('sandbox_expired') }
      const decision = policy.decide(destination)
      if (decision.effect === 'tunnel') return decision
      const { host, port } = destination
      const denied = decision.effect === 'deny'
      return {
        effect: 'serve',
        refusal: denied ? refuse('destination_denied', { host, port, rule: decision.rule }) : undefined,
      }
    } catch (error) {
      return { effect: 'serve', refusal: refusalOf(error) }
    }
  }

  /** Ends TLS here, with a certificate of the sandbox's own authority; a refusal is said inside it. */
  async #terminate(socket: Socket, destination: Destination, refusal: Refusal | undefined): Promise<void> {
    const secureContext = await this.#parts.authority.contextFor(destination.host)
    const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
    const reason = await handshake(secure)
    if (reason === undefined) this.#serve(secure, socket, destination, refusal)
    else await this.#drop(socket, destination, refusal ?? refuse('client_tls_failed', { reason }))
  }

  /** `socket` is what `connection` runs over. */
  #serve(connection: Socket, socket: Socket, destination: Destination, refusal: Refusal | undefined): void {
    const arrival = { sandboxId: this.#parts.sandbox.id, destination }
    const reset = (): void => void socket.resetAndDestroy()
    this.#http.serve(connection, refusal === undefined ? { arrival, reset } : { arrival, refusal, reset })
  }

  async #tunnel(socket: Socket, destination: Destination, rule: string, reach: Reach): Promise<void> {
    const { id: sandboxId, project } = this.#parts.sandbox
    const { controller, over } = this.#live.begin(() => [])
    const arrival = { sandboxId, destination }
    await openTunnel(socket, { arrival, project, rule, reach, signal: controller.signal }, this.#services)
    over()
  }

  async #drop(socket: Socket, destination: Destination, refusal: Refusal): Promise<void> {
    await recordArrivalRefused(this.#services.audit, this.#parts.sandbox, destination, refusal)
    socket.destroy()
  }
}
