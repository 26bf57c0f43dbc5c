import type { Socket } from 'node:net'
import { canonicalTarget } from '../foundation/canonical-path.ts'
import { formatDestination, isDestination } from '../foundation/destination.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Arrival, Exchange } from './exchange.ts'
import { grantsOf } from './grants-of.ts'
import type { ArrivedRequest, HttpConnections } from './http-plane.ts'
import { KnownRequests, textOfRequest } from './known-requests.ts'
import type { LiveExchanges } from './live-exchanges.ts'
import { carryExchange, type PipelineServices } from './pipeline.ts'
import { type Refusal, RefusedError, refuse } from './refusal.ts'
import { reportPlaceholder } from './report-placeholder.ts'
import { recordArrivalRefused } from './stages/record-arrival.ts'
import { writeProblem } from './write-problem.ts'

/** What was settled about a connection, or a request on it, when it was accepted. */
export interface Accepted {
  readonly arrival: Arrival
  /** The request, and every other one on the connection where that was settled, gets this answer. */
  readonly refusal?: Refusal
  /** The TCP connection that carries it. */
  readonly tcp: Socket
}

/** What stands in a request that names its destination in another way than in its own `Host` field. */
export interface RewrittenHead {
  /** Request target in origin-form, as it was sent behind what named the destination. */
  readonly target: string
  readonly fields: readonly Readonly<HeaderField>[]
}

/** Makes an exchange of each request of one sandbox. */
export class ExchangeFront {
  readonly #sandbox: Sandbox
  readonly #services: PipelineServices
  readonly #live: LiveExchanges
  readonly #known = new KnownRequests()
  readonly #connections: HttpConnections<Accepted>

  constructor(sandbox: Sandbox, services: PipelineServices, live: LiveExchanges) {
    this.#sandbox = sandbox
    this.#services = services
    this.#live = live
    this.#connections = services.plane.connections<Accepted>({
      remembersHeads: true,
      onRequest: (arrived, accepted) => void this.answer(arrived, accepted),
      onConnect: (_request, socket, accepted) =>
        void this.#refuseBare(socket, refuse('method_refused', { method: 'CONNECT' }), accepted),
      onMalformed: (socket, refusal, accepted) => void this.#refuseBare(socket, refusal, accepted),
      onBroken: (refusal, { arrival }) =>
        void recordArrivalRefused(this.#services.audit, this.#sandbox, arrival.destination, refusal),
    })
  }

  /** Takes over a connection whose requests all go to one destination. */
  serve(connection: Socket, accepted: Accepted): void {
    this.#connections.serve(connection, accepted.tcp, accepted)
  }

  /** Forgets what was decided so far, and the values that were kept ready with it. */
  forget(): void {
    this.#known.forget()
  }

  /** Brings one request to its end. Never rejects. */
  async answer(arrived: ArrivedRequest, accepted: Accepted, rewritten?: RewrittenHead): Promise<void> {
    const id = newIdentifier('exc')
    const { carrier, method } = arrived
    const sent = rewritten ?? arrived
    try {
      if (accepted.refusal !== undefined) {
        // The connection was judged once: whoever wants another verdict comes again.
        arrived.closeBehind()
        throw new RefusedError(await this.#report(accepted.refusal, accepted.arrival, method, sent))
      }
      if (arrived.refusal !== undefined) throw new RefusedError(arrived.refusal)
      await this.#carry(id, accepted, sent, arrived)
    } catch (error) {
      const reason = this.#services.faults.refusalOf(id, error)
      const known = { id, method }
      await recordArrivalRefused(this.#services.audit, this.#sandbox, accepted.arrival.destination, reason, known)
      carrier.refuse(reason, id)
    }
  }

  async #report(
    refusal: Refusal,
    { sandboxId, destination }: Arrival,
    method: string,
    sent: RewrittenHead,
  ): Promise<Refusal> {
    const { errands, lookup, routes } = this.#services
    const head = headOf(method, canonicalTarget(sent.target), sent.fields)
    const preparing = errands?.prepare(sandboxId, head)
    if (preparing !== undefined) await preparing
    return reportPlaceholder(refusal, head, destination, routes.routesOf(sandboxId), lookup)
  }

  async #carry(id: string, { arrival, tcp }: Accepted, sent: RewrittenHead, arrived: ArrivedRequest): Promise<void> {
    const { errands } = this.#services
    const looking = errands?.prepare(arrival.sandboxId)
    if (looking !== undefined) await looking
    const revision = this.#services.revision.current()
    const text = textOf(arrival, arrived, sent)
    const known = this.#known.find(text, revision, this.#services.clock.nowMs())
    const target = known === undefined ? canonicalTarget(sent.target) : undefined
    const head = known?.head ?? headOf(arrived.method, target, sent.fields)
    const preparing = known === undefined ? errands?.prepare(arrival.sandboxId, head) : undefined
    if (preparing !== undefined) await preparing
    const routes = known?.routes ?? this.#services.routes.routesOf(arrival.sandboxId)
    const live = this.#live.begin(
      {
        used: () => grantsOf(exchange),
        mayGoOn: () => this.#isAllowed(arrival),
        // What was revoked ends the connection too, once the reason was said, unless others are under way on it.
        revoked: () => {
          if (arrived.isMultiplexed !== true) arrived.closeBehind()
        },
        saysFarewell: () => canSayWhy(arrived),
      },
      tcp,
    )
    arrived.onGone(() => live.ending.end(refuse('client_disconnected')))
    const exchange: Exchange = {
      id,
      arrival,
      startedAtMs: this.#services.clock.monotonicMs(),
      head,
      ambiguous: target !== undefined && 'refused' in target ? target.refused : null,
      routes,
      revision,
      carrier: arrived.carrier,
      ending: live.ending,
      attachments: [],
      rule: null,
      reach: {},
      known,
    }
    await carryExchange(exchange, this.#services)
    if (exchange.isUnaccepted === true) this.#known.forget()
    else if (exchange.learned !== undefined) this.#known.add(text, exchange.learned)
    live.over()
  }

  /** Whether the rules as they are now let requests to this destination through; what cannot be decided is not allowed. */
  #isAllowed({ sandboxId, destination }: Arrival): boolean {
    try {
      return this.#services.routes.routesOf(sandboxId).policy.decide(destination).effect !== 'deny'
    } catch {
      return false
    }
  }

  /** Answers where there is no request to answer, and closes. */
  async #refuseBare(socket: Socket, refusal: Refusal, { arrival }: Accepted): Promise<void> {
    const id = newIdentifier('exc')
    await recordArrivalRefused(this.#services.audit, this.#sandbox, arrival.destination, refusal, { id })
    writeProblem(socket, refusal, id)
  }
}

/** Whether the client can still be told why it is over: by a frame, or by a response where none has begun. */
function canSayWhy({ carrier, isMultiplexed }: ArrivedRequest): boolean {
  return carrier.hasSwitched === true || (isMultiplexed !== true && carrier.progress().status === undefined)
}

/** The text that verdicts are remembered by; made once for requests with the same head that go to one destination. */
function textOf({ destination }: Arrival, arrived: ArrivedRequest, sent: RewrittenHead): string {
  const { method } = arrived
  // SECURITY: what was rewritten is another request than the one that arrived.
  const notes = sent === arrived ? arrived.notes : undefined
  if (notes?.destination !== undefined && isDestination(notes.destination, destination)) return notes.text
  const text = textOfRequest(formatDestination(destination), method, sent.target, sent.fields)
  if (notes !== undefined) {
    notes.destination = destination
    notes.text = text
  }
  return text
}

function headOf(
  method: string,
  target: ReturnType<typeof canonicalTarget> | undefined,
  fields: RewrittenHead['fields'],
): RequestHead {
  const place = (target !== undefined && 'refused' in target ? target.literal : target) ?? { path: '/', query: '' }
  // Stages write into the fields, and what arrived may be shared with requests to come.
  return { method, ...place, fields: fields.map(({ name, value }) => ({ name, value })) }
}
