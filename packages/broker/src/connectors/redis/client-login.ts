import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'
import { SocketBytes } from '../socket-bytes.ts'
import { readClaim, wordOf } from './client-claim.ts'
import type { PlaceholderCheck } from './placeholder-check.ts'
import { noLength, readRequest, type WholeRequest } from './request.ts'

/** What a client says before it has logged in, in bytes. */
const maxLoginBytes = 10_000
/** Wrong passwords on one connection. */
const maxGuesses = 3

/** A client that has shown the placeholder. */
export interface ClientLogin {
  /** The `HELLO` that is still to be answered; undefined where the client waits for `OK`. */
  readonly hello: readonly Buffer[] | undefined
  /** What it said behind its login. */
  readonly rest: Buffer
}

/** A client that did not show the placeholder. */
export class LoginRefused extends Error {}

/** Stock clients go by the first word of a refusal. */
const replies = {
  ok: '+OK',
  reset: '+RESET',
  noAuth: '-NOAUTH Authentication required.',
  wrongPass: '-WRONGPASS coatcheck: the password is not the placeholder of this sandbox',
  noProtocol: '-NOPROTO unsupported protocol version',
  malformed: '-ERR coatcheck: this is not the protocol of Redis',
} as const

/** Answers a client until it shows the placeholder. @throws LoginRefused, ProtocolError */
export async function awaitLogin(client: Socket, check: PlaceholderCheck): Promise<ClientLogin> {
  const said = new SocketBytes(client, 0)
  const say = (reply: keyof typeof replies): void => void client.write(`${replies[reply]}\r\n`)
  let guesses = 0
  let left = maxLoginBytes
  try {
    for (;;) {
      const { words, end } = await wholeRequest(said, left)
      said.drop(end)
      left -= end
      if (words.length === 0) continue
      const name = wordOf(words[0]!)
      if (name === 'quit') {
        say('ok')
        throw new ProtocolError('closed')
      }
      const claim = name === 'auth' || name === 'hello' ? readClaim(words) : undefined
      if (name === 'reset') say('reset')
      else if (claim === undefined || claim.passwords.length === 0) say('noAuth')
      else if (claim.kind === 'hello' && !/^[23]$/.test(claim.rest[1]!.toString('latin1'))) say('noProtocol')
      else if (claim.passwords.every((password) => check.isShown(password))) {
        return { hello: claim.kind === 'hello' ? claim.rest : undefined, rest: said.detach() }
      } else {
        say('wrongPass')
        guesses += 1
        if (guesses === maxGuesses) throw new LoginRefused()
      }
    }
  } catch (error) {
    said.detach()
    if (error instanceof ProtocolError && error.message === 'malformed') say('malformed')
    throw guesses > 0 && error instanceof ProtocolError && error.message === 'closed' ? new LoginRefused() : error
  }
}

async function wholeRequest(said: SocketBytes, limit: number): Promise<WholeRequest> {
  for (;;) {
    const request = readRequest(said.pending, 0)
    if (request === noLength.atAll) throw new ProtocolError('malformed')
    if (typeof request !== 'number') {
      if (request.end > limit) throw new ProtocolError('length')
      return request
    }
    if (said.pending.length >= limit) throw new ProtocolError('length')
    await said.more()
  }
}
