import { timingSafeEqual } from 'node:crypto'
import { isSignedBy, type PublicKey } from '../../injection/ssh/public-key.ts'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { boolean, message, nameList, string } from '../../injection/ssh/wire-forms.ts'
import type { WireReader } from '../../injection/ssh/wire-reader.ts'
import { digestOf } from './stand-in.ts'
import { numbers } from './transport/message-numbers.ts'
import { readerOf, type Transport } from './transport/transport.ts'

/** What is answered, and not with success, until the connection is closed. */
const maxFailures = 10
const service = 'ssh-connection'
const algorithm = 'ssh-ed25519'

/** Asks a client to show the stand-in for its grant's key. RFC 4252. */
export class ClientAuthentication {
  readonly #transport: Transport
  readonly #standIn: PublicKey
  #failures = 0
  #isAsked = false
  #hasShownOther = false

  constructor(transport: Transport, standIn: PublicKey) {
    this.#transport = transport
    this.#standIn = standIn
  }

  /** Whether something was shown that is not the stand-in. */
  get hasShownOther(): boolean {
    return this.#hasShownOther
  }

  /** Takes a message. @returns true once the client has shown the stand-in. @throws SshFault */
  take(type: number, payload: Buffer): boolean {
    const reader = readerOf(payload)
    if (type === numbers.serviceRequest) this.#begin(reader)
    else if (type === numbers.authRequest && this.#isAsked) return this.#judge(reader)
    else throw new SshFault('this comes after a login')
    return false
  }

  #begin(reader: WireReader): void {
    if (reader.text(64) !== 'ssh-userauth') throw new SshFault('there is no such service')
    reader.end()
    this.#isAsked = true
    this.#transport.send(message(numbers.serviceAccept, string('ssh-userauth')))
  }

  #judge(reader: WireReader): boolean {
    const [user, wanted, method] = [reader.string(), reader.text(64), reader.text(64)]
    if (wanted !== service) throw new SshFault('there is no such service')
    if (method !== 'publickey') return this.#refuse(method !== 'none')
    const isSigned = reader.boolean()
    const [name, blob] = [reader.text(64), reader.string()]
    const signature = isSigned ? reader.string() : undefined
    reader.end()
    // SECURITY: the stand-in and no other key, the real one neither; in constant time.
    const isStandIn = timingSafeEqual(digestOf(blob), digestOf(this.#standIn.blob)) && name === algorithm
    if (!isStandIn) return this.#refuse(true)
    if (signature === undefined) {
      this.#transport.send(message(numbers.authKeyOk, string(name), string(blob)))
      return false
    }
    const said = [string(user), string(wanted), string(method), boolean(true), string(name), string(blob)]
    const signed = Buffer.concat([string(this.#transport.sessionId), message(numbers.authRequest, ...said)])
    if (!isSignedBy(this.#standIn, algorithm, signed, signature)) return this.#refuse(true)
    this.#transport.send(Buffer.of(numbers.authSuccess))
    return true
  }

  #refuse(isOther: boolean): false {
    this.#failures += 1
    if (this.#failures > maxFailures) throw new SshFault('too many attempts to log in')
    if (isOther && !this.#hasShownOther) {
      const text =
        'coatcheck: log in with the key in the environment of this sandbox; git does, by GIT_SSH_COMMAND.\r\n'
      this.#transport.send(message(numbers.authBanner, string(text), string('')))
    }
    this.#hasShownOther ||= isOther
    this.#transport.send(message(numbers.authFailure, nameList(['publickey']), boolean(false)))
    return false
  }
}
