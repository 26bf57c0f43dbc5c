import type { Socket } from 'node:net'
import { canonicalTarget } from '../../foundation/canonical-path.ts'
import { type Destination, formatAuthority } from '../../foundation/destination.ts'
import { parseAuthority } from '../../foundation/destination-authority.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { type AgentDoor, internalHost, maxDoorBodyBytes } from '../agent-door.ts'
import { Ending } from '../ending.ts'
import type { ArrivedRequest, HttpConnections, HttpPlane } from '../http-plane.ts'
import { type Refusal, RefusedError, refuse } from '../refusal.ts'
import type { ClientConnection, InternalServer, SandboxEgress } from '../sandbox-egress.ts'
import type { PlaceholderLookup } from '../stages/match.ts'
import { writeProblem } from '../write-problem.ts'
import { hasName, targetNamed, targetOfKey } from './find-target.ts'
import { withoutProvider, withPlaceholder } from './key-request.ts'

/** A request in origin-form that came to the broker itself, from a sandbox that is known. */
export interface GatewayRequest extends ArrivedRequest {
  readonly tcp: Socket
  /** What stands behind the part that said who is calling. */
  readonly target: string
  /** The request's fields, without those that said who is calling. */
  readonly fields: readonly HeaderField[]
  /** What may stand in the target: only a name and what follows, or whatever else names a destination. */
  readonly form: 'named' | 'any'
}

type Unplaced = Omit<GatewayRequest, 'form'>

interface Context extends ClientConnection {
  readonly egress: SandboxEgress
}

/** What a gateway front works with. */
export interface GatewayFrontParts {
  readonly plane: HttpPlane
  readonly lookup: PlaceholderLookup
  readonly door: AgentDoor
  /** Hosts under which the broker itself is called; they are nobody's virtual host. */
  readonly ownHosts: ReadonlySet<string>
}

const namedTarget = /^\/([^/?#]+)([/?].*)?$/s
const underProxy = /^\/proxy(\/.*)$/s
/** The name under which the agent door stands where other names are those of providers and secrets. */
const doorName = '-'

/**
 * Serves base URLs: finds the service that a request is meant for, and hands it on as if it had come on a connection to
 * that service. Everything else is for the agent door.
 */
export class GatewayFront implements InternalServer {
  readonly #parts: GatewayFrontParts
  readonly #connections: HttpConnections<Context>

  constructor(parts: GatewayFrontParts) {
    this.#parts = parts
    const refuseBare = async (socket: Socket, refusal: Refusal, { egress }: Context): Promise<void> =>
      writeProblem(socket, refusal, await egress.recordRefusal(refusal))
    this.#connections = parts.plane.connections<Context>({
      onRequest: (arrived, { egress, tcp }) => void this.#answerInternal(arrived, egress, tcp),
      onConnect: (_request, socket, context) =>
        void refuseBare(socket, refuse('method_refused', { method: 'CONNECT' }), context),
      onMalformed: (...malformed) => void refuseBare(...malformed),
      onBroken: (refusal, { egress }) => void egress.recordRefusal(refusal),
    })
  }

  /** A connection from inside a sandbox to the broker's own name. */
  serve(connection: ClientConnection, egress: SandboxEgress): void {
    this.#connections.serve(connection.stream, connection.tcp, { ...connection, egress })
  }

  /** Brings one request to its end. Never rejects. */
  answer(asked: GatewayRequest, egress: SandboxEgress): Promise<void> {
    return attempt(asked, egress, () => {
      const named = asked.form === 'named' ? asked.target : this.#virtual(asked, egress)
      return named === undefined ? this.#answerByKey(asked, egress) : this.#answerNamed(asked, egress, named)
    })
  }

  /** A request that shows a virtual key, whose grant says where it goes. Never rejects. */
  answerKey(asked: Unplaced, egress: SandboxEgress, key: string): Promise<void> {
    return attempt(
      asked,
      egress,
      () => {
        const [grant] = egress.routes().grants
        if (grant === undefined)
          return egress.refuseRequest(asked, asked.tcp, egress.refusal() ?? refuse('key_revoked'))
        const meant = withPlaceholder(asked, key, grant.placeholder)
        const named = this.#virtual(meant, egress)
        if (named !== undefined) return this.#answerNamed({ ...meant, form: 'named' }, egress, named)
        return this.#answerByKey({ ...meant, target: withoutProvider(meant.target, grant) }, egress)
      },
      false,
    )
  }

  /** A request that was addressed to the broker's own name, however it came. Never rejects. */
  answerOwnName(asked: Unplaced, egress: SandboxEgress): Promise<void> {
    return attempt(asked, egress, () => {
      const named = underProxy.exec(asked.target)?.[1]
      if (named !== undefined) return this.#answerNamed({ ...asked, form: 'named' }, egress, named)
      const target = this.#byKey(asked, egress)
      if ('host' in target) return this.#forward(asked, egress, target, asked.target)
      if (target.code !== 'gateway_target_unknown') return egress.refuseRequest(asked, asked.tcp, target)
      return this.#answerAtDoor(asked, egress, asked.target)
    })
  }

  async #answerInternal(arrived: ArrivedRequest, egress: SandboxEgress, tcp: Socket): Promise<void> {
    const { fields, refusal } = arrived
    if (refusal !== undefined) return egress.refuseRequest(arrived, tcp, refusal)
    const asked = { ...arrived, tcp }
    // SECURITY: the name that was dialled and the name in the request agree, here as everywhere.
    const [host, ...others] = fields.filter(({ name }) => name.toLowerCase() === 'host')
    const named = others.length === 0 && host !== undefined ? parseAuthority(host.value, 'http') : undefined
    if (named?.host !== internalHost) {
      return egress.refuseRequest(arrived, tcp, refuse('destination_mismatch', { expected: internalHost }))
    }
    return this.answerOwnName(asked, egress)
  }

  /** The target with its name in front, where the path or the host names one. */
  #virtual({ target, fields }: Unplaced, egress: SandboxEgress): string | undefined {
    const host = parseAuthority(fields.find(({ name }) => name.toLowerCase() === 'host')?.value ?? '', 'http')?.host
    const [label = '', ...rest] = host?.split('.') ?? []
    const isVirtual = host !== undefined && rest.length > 0 && !this.#parts.ownHosts.has(host)
    // SECURITY: what stands in the path of a virtual host is the service's, whatever it looks like.
    if (isVirtual && hasName(egress.routes().grants, label)) return `/${label}${target}`
    return underProxy.exec(target)?.[1]
  }

  async #answerNamed(asked: GatewayRequest, egress: SandboxEgress, named: string): Promise<void> {
    const [, name = '', rest = ''] = namedTarget.exec(named) ?? []
    const target = rest.startsWith('/') ? rest : `/${rest}`
    if (name === doorName && asked.form === 'named') return this.#answerAtDoor(asked, egress, target)
    const destination = targetNamed(name, egress.routes())
    if ('host' in destination) return this.#forward(asked, egress, destination, target)
    // The name may be gone together with its grant, whose placeholder is still being used: that is worth more than a 404.
    const byKey = this.#byKey({ ...asked, target }, egress)
    const refusal = 'code' in byKey && !byKey.code.startsWith('gateway_') ? byKey : destination
    return egress.refuseRequest(asked, asked.tcp, refusal)
  }

  async #answerByKey(asked: Unplaced, egress: SandboxEgress): Promise<void> {
    const destination = this.#byKey(asked, egress)
    if ('code' in destination) return egress.refuseRequest(asked, asked.tcp, destination)
    return this.#forward(asked, egress, destination, asked.target)
  }

  #byKey(asked: Unplaced, egress: SandboxEgress): Destination | Refusal {
    return targetOfKey(headOf(asked), egress.routes(), this.#parts.lookup)
  }

  #forward(asked: Unplaced, egress: SandboxEgress, destination: Destination, target: string): Promise<void> {
    return egress.acceptRequest(asked, asked.tcp, destination, { target, fields: addressed(asked.fields, destination) })
  }

  async #answerAtDoor(asked: Unplaced, egress: SandboxEgress, target: string): Promise<void> {
    egress.hold(asked.tcp)
    const body = asked.method === 'POST' ? await bodyOf(asked) : undefined
    await this.#parts.door.answer(egress.sandbox.id, { ...asked, target, ...(body && { body }) })
  }
}

/** SECURITY: whether the sandbox is alive is asked before anything else; what cannot be found out is a refusal. */
async function attempt(
  asked: Unplaced,
  egress: SandboxEgress,
  answer: () => Promise<void>,
  looksUp = true,
): Promise<void> {
  try {
    const preparing = egress.prepare(looksUp ? () => headOf(asked) : undefined)
    if (preparing !== undefined) await preparing
    const over = egress.refusal()
    await (over === undefined ? answer() : egress.refuseRequest(asked, asked.tcp, over))
  } catch (error) {
    await egress.refuseRequest(asked, asked.tcp, egress.refusalOf(error))
  }
}

/** Rejects with the reason of its ending where the client goes away. @throws CoatcheckError `request_body_too_large` */
function bodyOf({ carrier, onGone }: Unplaced): Promise<Buffer> {
  const ending = new Ending()
  onGone(() => ending.end(refuse('client_disconnected')))
  return carrier.readBody(maxDoorBodyBytes, ending).catch((error: unknown) => {
    throw ending.reason === undefined ? error : new RefusedError(ending.reason)
  })
}

/** A target without a canonical form is refused further on, where it is known whose it is. */
function headOf({ method, target: sent, fields }: Unplaced): RequestHead {
  const read = canonicalTarget(sent)
  return { method, ...('refused' in read ? { path: '/', query: '' } : read), fields: [...fields] }
}

/** The fields as they would stand in a request that was sent to the destination itself. */
function addressed(sent: readonly HeaderField[], destination: Destination): HeaderField[] {
  const fields = withoutOffer(sent)
  const hosts = fields.filter(({ name }) => name.toLowerCase() === 'host')
  // More than one can be read in two ways; the way out refuses that.
  if (hosts.length !== 1) return [...fields]
  return fields.map((field) => (field === hosts[0] ? { ...field, value: formatAuthority(destination) } : field))
}

/**
 * The fields without the offer of HTTP/2 that some clients (Java) make with each request in clear text. A server may let it be
 * (RFC 9110 §7.8), and a client that reaches the broker itself offers it to the broker. SECURITY: it goes no further.
 */
function withoutOffer(fields: readonly HeaderField[]): readonly HeaderField[] {
  const offers = fields.filter(({ name }) => name.toLowerCase() === 'upgrade')
  if (offers.length !== 1 || offers[0]!.value.toLowerCase() !== 'h2c') return fields
  return fields.filter((field) => field !== offers[0] && field.name.toLowerCase() !== 'http2-settings')
}
