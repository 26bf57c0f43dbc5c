import type { Document } from 'bson'
import type { ServiceAddress } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { asksForState, type ClientCommand, readCommand } from './client-command.ts'
import { ClientLogin } from './client-login.ts'
import type { ClientTransport } from './client-transport.ts'
import type { Deadline } from './deadline.ts'
import { documentOf, helloAnswer } from './hello-answer.ts'
import type { PlaceholderCheck } from './placeholder-check.ts'
import type { ServiceState } from './service-state.ts'
import { answer, errorCodes, errorDocument } from './wire.ts'

/** For a client to log in, in milliseconds. */
export const openingMs = 10_000
/** How long a client may be silent that watches the service and does not log in, in milliseconds. */
const watchingMs = 300_000

/** What the opening of a connection needs. */
export interface OpeningParts {
  readonly check: PlaceholderCheck
  readonly address: ServiceAddress
  readonly deadline: Deadline
  state(): Promise<ServiceState>
}

/** The client did not show the placeholder. */
export class PlaceholderMissing extends Error {}

/** All that a client says before it is let in. */
export class ClientOpening {
  readonly transport: ClientTransport
  readonly #parts: OpeningParts
  readonly #login: ClientLogin
  #pending: ClientCommand | undefined
  #metadata: unknown
  #isWatching = false
  #wantsIn = false

  constructor(transport: ClientTransport, parts: OpeningParts) {
    this.transport = transport
    this.#parts = parts
    this.#login = new ClientLogin(parts.check)
  }

  /** What the client says about itself. */
  get metadata(): unknown {
    return this.#metadata
  }

  /** Whether it has asked for the state of the service, and for nothing else. */
  get isWatcher(): boolean {
    return this.#isWatching && !this.#wantsIn && this.#pending === undefined
  }

  /** Waits until the client has shown the placeholder. @returns what answers it @throws ProtocolError | PlaceholderMissing */
  async shown(): Promise<string> {
    for (;;) {
      const command = await this.#next()
      this.#pending = command
      if (asksForState(command.name)) await this.#tellState(command)
      else if (command.name === 'saslStart') await this.#begin(documentOf(command))
      else if (command.name === 'saslContinue') {
        const proof = this.#login.prove(documentOf(command))
        // SECURITY: nothing more is heard from whoever does not show the placeholder, the real password included.
        if (proof === undefined) throw new PlaceholderMissing()
        return proof
      } else if (command.name === 'ping' || command.name === 'endSessions') await this.#answer({ ok: 1 })
      else await this.#answer(errorDocument(errorCodes.unauthorized, 'log in first, with the password in MONGODB_URI'))
    }
  }

  /** Tells the client that it is in. */
  async done(proof: string): Promise<void> {
    const { document, isLast } = this.#login.done(proof)
    await this.#answer(document)
    if (isLast) return
    const command = await this.#next()
    this.#pending = command
    if (command.name !== 'saslContinue') throw new ProtocolError('sasl')
    await this.#answer(this.#login.last())
  }

  /** Ends the connection, with an answer where one is waited for. */
  refuse(document: Document): void {
    const { socket } = this.transport
    if (socket.destroyed) return
    if (this.#pending === undefined) socket.end()
    else socket.end(answer(this.#pending, document))
  }

  async #next(): Promise<ClientCommand> {
    const { reader } = this.transport
    if (this.isWatcher) {
      this.#parts.deadline.set(watchingMs)
      await reader.begun(1)
      this.#parts.deadline.set(openingMs)
    }
    const command = readCommand(await reader.message())
    if (command === undefined) throw new ProtocolError('message')
    return command
  }

  async #tellState(command: ClientCommand): Promise<void> {
    const asked = documentOf(command)
    this.#metadata ??= asked['client']
    const state = await this.#parts.state()
    const wish: unknown = asked['speculativeAuthenticate']
    const begun = typeof wish === 'object' && wish !== null ? await this.#login.begin(wish) : undefined
    if (begun === undefined) this.#isWatching = true
    else this.#wantsIn = true
    await this.#answer(helloAnswer(command, asked, state, this.#parts.address, begun))
  }

  async #begin(asked: Document): Promise<void> {
    this.#wantsIn = true
    const begun = await this.#login.begin(asked)
    if (begun === undefined) throw new PlaceholderMissing()
    await this.#answer({ ...begun, ok: 1 })
  }

  async #answer(document: Document | Buffer): Promise<void> {
    const { socket } = this.transport
    const command = this.#pending!
    this.#pending = undefined
    // SECURITY: who does not read what it asked for is not listened to.
    if (socket.write(answer(command, document)) || socket.destroyed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.once('drain', resolve).once('close', resolve)
    await promise
  }
}
