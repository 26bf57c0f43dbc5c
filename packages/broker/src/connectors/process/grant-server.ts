import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ProblemCode } from '@coatcheck/contract'
import type { Amounts } from '../../caps/amounts.ts'
import { ByteBudget, type HeldPart } from '../../caps/byte-budget.ts'
import { type Connector, type GrantSetup, type Login, ReachError, type Reached, type ReachWish } from '../connector.ts'
import { connectors } from '../registry.ts'
import type { FromProcess, ToProcess } from './messages.ts'
import { MeteredSocket } from './metered-socket.ts'

/** Without a socket where none was asked for. */
type Answered = Login & { readonly socket: Socket | undefined }

interface Served {
  readonly ending: AbortController
  waiting: PromiseWithResolvers<Answered> | undefined
  holding: PromiseWithResolvers<HeldPart> | undefined
  /** What caps let its connections carry; absent where none counts them. */
  budget: ByteBudget | undefined
}

/** The half of a grant's connections that lies in their own process: it reads what clients and services say. */
export class GrantServer {
  readonly #channel: Pick<NodeJS.Process, 'send'>
  readonly #sessions = new Map<string, Served>()
  #setup: GrantSetup | undefined
  #connector: Connector | undefined

  constructor(channel: Pick<NodeJS.Process, 'send'>) {
    this.#channel = channel
  }

  /** Takes one message of the broker, with the socket that came beside it. */
  take(message: unknown, handle: unknown): void {
    const told = message as ToProcess
    const socket = handle as Socket | undefined
    if (told.type === 'setup') this.#begin(told.setup)
    else if (told.type === 'open') this.#open(told, socket)
    else if (told.type === 'end') this.#end(told.session, told.code)
    else if (told.type === 'held') this.#held(told)
    else this.#answer(told, socket)
  }

  #begin(setup: GrantSetup): void {
    this.#setup = setup
    this.#connector = connectors.find(({ scheme }) => scheme === setup.scheme)
  }

  #open({ session: id, leaf }: Extract<ToProcess, { type: 'open' }>, client: Socket | undefined): void {
    const [connector, setup] = [this.#connector, this.#setup]
    if (connector === undefined || setup === undefined || client === undefined) {
      this.#over(id, { code: 'client_disconnected' })
      return
    }
    const served: Served = { ending: new AbortController(), waiting: undefined, holding: undefined, budget: undefined }
    this.#sessions.set(id, served)
    client.setNoDelay(true)
    const session = {
      client,
      setup,
      leaf,
      ending: served.ending.signal,
      reach: (wish: ReachWish) => this.#reach(id, served, wish),
      reserve: (amounts: Amounts) => this.#reserve(id, served, amounts),
      login: () => this.#ask(id, served, { purpose: 'login', isOpen: true }),
      refused: (code: ProblemCode, note: string) => this.#tell({ type: 'refused', session: id, code, note }),
      said: (note: string) => this.#tell({ type: 'said', session: id, note }),
    }
    connector.serve(session).then(
      (end) => this.#over(id, end),
      () => {
        client.destroy()
        this.#over(id, { code: 'internal' })
      },
    )
  }

  async #reach(id: string, served: Served, wish: ReachWish): Promise<Reached> {
    const { socket, ...login } = await this.#ask(id, served, wish)
    if (socket === undefined) throw new ReachError('upstream_unreachable')
    return { socket, ...login }
  }

  #ask(id: string, served: Served, wish: ReachWish): Promise<Answered> {
    served.waiting = Promise.withResolvers<Answered>()
    this.#tell({ type: 'reach', session: id, wish })
    return served.waiting.promise
  }

  #reserve(id: string, served: Served, amounts: Amounts, part?: number): Promise<HeldPart> {
    served.holding = Promise.withResolvers<HeldPart>()
    this.#tell({ type: 'reserve', session: id, amounts, ...(part !== undefined && { part }) })
    return served.holding.promise
  }

  /** Has the session end, as it does when its grant ends, where caps have no room for more. */
  async #nextPart(id: string, served: Served, part: number): Promise<HeldPart> {
    try {
      return await this.#reserve(id, served, {}, part)
    } catch (error) {
      served.ending.abort(error instanceof ReachError ? error.code : 'internal')
      throw error
    }
  }

  #metered(id: string, served: Served, socket: Socket): Socket {
    served.budget ??= new ByteBudget((part) => this.#nextPart(id, served, part))
    // It is no socket, for TLS would look for the handle of one.
    return new MeteredSocket(socket, served.budget) as Duplex as Socket
  }

  #held({ session, hold, maxBytes, code }: Extract<ToProcess, { type: 'held' }>): void {
    const holding = this.#sessions.get(session)?.holding
    if (holding === undefined) return
    if (hold === null) holding.reject(new ReachError(code ?? 'internal'))
    else {
      const settle = (actual: Amounts): void => this.#tell({ type: 'settle', session, hold, actual })
      const carry = (bytes: number): Promise<void> => this.#tellNow({ type: 'carrying', session, hold, bytes })
      holding.resolve({ carry, settle, ...(maxBytes !== undefined && { maxBytes }) })
    }
  }

  #answer(told: Extract<ToProcess, { type: 'reached' | 'unreached' }>, socket: Socket | undefined): void {
    const served = this.#sessions.get(told.session)
    const waiting = served?.waiting
    if (served === undefined || waiting === undefined) {
      if (told.type === 'reached') told.secret.fill(0)
      socket?.destroy()
    } else if (told.type === 'unreached') waiting.reject(new ReachError(told.code))
    else {
      const carrying = told.isMetered && socket !== undefined ? this.#metered(told.session, served, socket) : socket
      waiting.resolve({ socket: carrying, secret: told.secret, version: told.version })
    }
  }

  #end(session: string | undefined, code: ProblemCode): void {
    for (const [id, { ending, holding, waiting }] of this.#sessions) {
      if (session !== undefined && id !== session) continue
      waiting?.reject(new ReachError(code))
      holding?.reject(new ReachError(code))
      ending.abort(code)
    }
  }

  #over(id: string, end: Partial<Extract<FromProcess, { type: 'over' }>['end']>): void {
    this.#sessions.get(id)?.budget?.close()
    this.#sessions.delete(id)
    this.#tell({ type: 'over', session: id, end: { bytesSent: 0, bytesReceived: 0, ...end } })
  }

  #tell(message: FromProcess): void {
    this.#channel.send?.(message)
  }

  /** Resolves when the message has left this process, which may be killed from then on. Rejects where nobody hears it. */
  #tellNow(message: FromProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = (error: Error | null): void => (error === null ? resolve() : reject(error))
      if (this.#channel.send === undefined) reject(new ReachError('internal'))
      else this.#channel.send(message, undefined, undefined, sent)
    })
  }
}
