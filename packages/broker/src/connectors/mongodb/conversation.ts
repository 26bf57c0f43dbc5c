import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import type { ServedSession } from '../connector.ts'
import { AnswerStream } from './answer-stream.ts'
import type { ClientCommand } from './client-command.ts'
import type { CommandRules } from './command-rules.ts'
import { CommandWalk } from './command-walk.ts'
import { documentOf, helloAnswer } from './hello-answer.ts'
import type { MessageReader } from './message-reader.ts'
import type { ServiceTopology } from './service-topology.ts'
import { answer, errorCodes, errorDocument, message } from './wire.ts'

/** Two sides that have both logged in. */
export interface Conversation {
  readonly session: ServedSession
  readonly topology: ServiceTopology
  readonly rules: CommandRules
  /** Told of every command that goes on; absent where nobody wants to know. */
  readonly called: ((name: string) => void) | undefined
  readonly client: { readonly socket: Socket; readonly reader: MessageReader }
  readonly service: { readonly socket: Socket; readonly reader: MessageReader }
  /** Told of the bytes of each chunk. */
  sent(bytes: number): void
  received(bytes: number): void
}

/** Answers that a client has not taken yet, in bytes, before it is not listened to. */
const maxUnread = 65_536
/** Questions that wait for an answer of the broker's at one time. */
const maxQuestions = 16
/** Refusals that the broker is told of in one second. */
const maxTold = 20
/** Longest question that the broker answers, in bytes. */
const maxQuestionBytes = 16_384

/** Carries what both sides say, no faster than each takes it, until one is gone. @returns why it is over, where it is neither */
export async function converse(conversation: Conversation): Promise<ProblemCode | undefined> {
  const { session, topology, rules, called, sent, received } = conversation
  const [client, service] = [conversation.client.socket, conversation.service.socket]
  const { promise: over, resolve: end } = Promise.withResolvers<ProblemCode | undefined>()
  const answers = new AnswerStream((bytes) => client.write(bytes))
  let questions = 0
  const asked = (command: ClientCommand): void => {
    questions += 1
    if (questions > maxQuestions || command.body.length > maxQuestionBytes) {
      end('request_malformed')
      return
    }
    topology
      .state(session)
      .then((state) => {
        const told = helloAnswer(command, documentOf(command), state, session.setup.address)
        if (!client.destroyed) answers.insert(answer(command, told))
      })
      .catch(() => end('upstream_unreachable'))
      .finally(() => {
        questions -= 1
      })
  }
  let [told, toldAt] = [0, performance.now()]
  const refused = (note: string, requestId: number | undefined): void => {
    if (performance.now() - toldAt > 1_000) [told, toldAt] = [0, performance.now()]
    told += 1
    // SECURITY: the journal takes ten in a second; more of them would only wait in memory.
    if (told <= maxTold) session.refused('statement_refused', note)
    const text = 'the scope of the secret does not allow this command'
    if (requestId !== undefined) answers.insert(message(errorDocument(errorCodes.unauthorized, text), requestId))
  }
  const walk = new CommandWalk(rules, { asked, refused, called })
  client.on('data', (chunk: Buffer) => {
    sent(chunk.length)
    const passed = walk.pass(chunk)
    if (passed === undefined) return end('request_malformed')
    const isTaken = passed.length === 0 || service.write(passed)
    // SECURITY: who asks and does not read is not listened to.
    if (!isTaken || client.writableLength > maxUnread) client.pause()
  })
  service.on('data', (chunk: Buffer) => {
    received(chunk.length)
    const passed = answers.pass(chunk)
    if (passed === undefined) return end('upstream_malformed')
    if (passed.length > 0 && !client.write(passed)) service.pause()
  })
  service.on('drain', () => {
    if (client.writableLength <= maxUnread) client.resume()
  })
  client.on('drain', () => {
    service.resume()
    if (!service.writableNeedDrain) client.resume()
  })
  for (const side of [client, service]) side.once('close', () => end(undefined))
  service.once('end', () => client.end())
  client.once('end', () => service.end())
  for (const { socket, reader } of [conversation.client, conversation.service]) {
    const rest = reader.detach()
    if (rest.length > 0) socket.unshift(rest)
    socket.resume()
    if (socket.destroyed) end(undefined)
  }
  const code = await over
  topology.forget()
  return code
}
