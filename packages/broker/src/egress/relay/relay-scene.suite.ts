import { type Duplex, duplexPair } from 'node:stream'
import type { BodyFraming } from '../../http/body-framing.ts'
import { noBodyCaps } from '../body-caps.ts'
import { Ending } from '../ending.ts'
import type { Dial, Outcome } from '../exchange.ts'
import { Http1Service } from '../http1/http1-service.ts'
import { ServicePool } from './service-pool.ts'
import { StreamCarrier } from './stream-carrier.ts'
import type { ClientListener, ClientStream, ResponseBody } from './streams.ts'

/** What a service does with the bytes that came; `count` says how many times it was called before. */
export type Answer = (socket: Duplex, bytes: string, count: number) => void

/** Connections to a service in this process, a pool of them, and a clock that a test turns. */
export interface RelayScene extends Disposable {
  readonly pool: ServicePool
  /** Connections of the service, in the order in which they came. */
  readonly sockets: readonly Duplex[]
  answer: Answer
  nowMs: number
  readonly dial: Dial
}

/** One exchange, on its way from a client that a test plays. */
export interface PlayedExchange {
  readonly client: PlayedClient
  readonly carrier: StreamCarrier
  readonly ending: Ending
  readonly outcomes: readonly Outcome[]
  /** Opens a connection, and relays. */
  run(): Promise<void>
}

/** An answer that leaves the connection open. */
export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const lane = { sandboxId: 'sbx_one', key: 'one' }

/** Starts the service. */
export function openRelayScene(): RelayScene {
  const sockets: Duplex[] = []
  let count = 0
  const scene: RelayScene = {
    pool: new ServicePool(
      (duplex, onIdle) => new Http1Service(duplex, onIdle),
      () => scene.nowMs,
    ),
    sockets,
    answer: (socket) => void socket.write(ok),
    nowMs: 0,
    async dial() {
      const [near, far] = duplexPair()
      sockets.push(far)
      // As a socket does: when the other side is gone, so is this one.
      near.once('close', () => far.destroy())
      far.on('error', () => {}).once('close', () => near.destroy())
      far.on('data', (chunk: Buffer) => scene.answer(far, chunk.toString('latin1'), count++))
      return near
    },
    [Symbol.dispose]() {
      scene.pool.forget(lane.sandboxId)
      for (const socket of sockets) socket.destroy()
    },
  }
  return scene
}

/** Makes an exchange with this method and, where one is given, a body that is on its way. */
export function playExchange(
  { pool, dial }: RelayScene,
  method = 'GET',
  framing: BodyFraming = { kind: 'none', declared: false },
): PlayedExchange {
  const client = new PlayedClient(method, framing)
  const carrier = new StreamCarrier(client, pool)
  const ending = new Ending()
  const outcomes: Outcome[] = []
  const head = { method, target: '/', fields: [{ name: 'Host', value: 'service.test' }] }
  return {
    client,
    carrier,
    ending,
    outcomes,
    async run() {
      await carrier.inspectBody([], ending, noBodyCaps)
      await carrier.open(lane, dial)
      const settle = async (outcome: Outcome): Promise<void> => void outcomes.push(outcome)
      await carrier.relay(head, undefined, settle, ending)
    },
  }
}

/** A client that takes whatever comes, and sends what a test says. */
export class PlayedClient implements ClientStream {
  readonly method: string
  readonly framing: BodyFraming
  readonly expectsContinue = false
  isRequestComplete: boolean
  hasResponded = false
  isGone = false
  status = 0
  text = ''
  isEnded = false
  listener: ClientListener | undefined

  constructor(method: string, framing: BodyFraming) {
    this.method = method
    this.framing = framing
    this.isRequestComplete = framing.kind === 'none'
  }

  takeBody(listener: ClientListener): readonly Buffer[] {
    this.listener = listener
    return []
  }

  respond(status: number, _reason: string, _fields: unknown, _body: ResponseBody): void {
    this.status = status
  }

  flush(): void {
    this.hasResponded = this.status !== 0
  }

  write(chunk: Buffer): boolean {
    this.flush()
    this.text += chunk.toString()
    return true
  }

  end(last: Buffer | undefined): boolean {
    this.write(last ?? Buffer.alloc(0))
    this.isEnded = true
    return true
  }

  leaveBody(): void {
    this.listener = undefined
  }

  inform(): void {}
  pause(): void {}
  resume(): void {}
  closeBehind(): void {}
  reset(): void {}
}
