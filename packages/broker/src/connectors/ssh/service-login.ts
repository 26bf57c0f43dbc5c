import { signatureAlgorithms } from '../../injection/ssh/public-key.ts'
import { signWith } from '../../injection/ssh/signing-key.ts'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { certifiedAlgorithm } from '../../injection/ssh/user-certificate.ts'
import { boolean, message, string } from '../../injection/ssh/wire-forms.ts'
import type { SshLogin } from '../../injection/ssh-login.ts'
import { numbers } from './transport/message-numbers.ts'
import { readerOf, type Transport } from './transport/transport.ts'

/** The service did not take the key. */
export class LoginDeclined extends Error {}

const service = 'ssh-connection'

/** Logs in to a service with a key, and with its certificate where it has one. RFC 4252 §7, RFC 8332 §3, PROTOCOL.certkeys of OpenSSH. */
export class ServiceLogin {
  readonly #transport: Transport
  readonly #user: string
  readonly #login: SshLogin

  constructor(transport: Transport, user: string, login: SshLogin) {
    this.#transport = transport
    this.#user = user
    this.#login = login
  }

  /** Asks, once there are keys. */
  begin(): void {
    this.#transport.send(message(numbers.serviceRequest, string('ssh-userauth')))
  }

  /** Takes a message. @returns true once the service has let the broker in. @throws SshFault, LoginDeclined */
  take(type: number, payload: Buffer): boolean {
    if (type === numbers.serviceAccept) this.#show(payload)
    else if (type === numbers.authSuccess) return true
    else if (type === numbers.authFailure) throw new LoginDeclined()
    // SECURITY: what a service says before it lets somebody in reaches nobody.
    else if (type !== numbers.authBanner) throw new SshFault('this comes after a login')
    return false
  }

  #show(payload: Buffer): void {
    if (readerOf(payload).text(64) !== 'ssh-userauth') throw new SshFault('there is no such service')
    const { key, certificate } = this.#login
    const algorithm = this.#algorithm()
    const request = message(
      numbers.authRequest,
      string(this.#user),
      string(service),
      string('publickey'),
      boolean(true),
      string(certificate === undefined ? algorithm : certifiedAlgorithm(algorithm)),
      string(certificate?.blob ?? key.blob),
    )
    const signature = signWith(key, algorithm, Buffer.concat([string(this.#transport.sessionId), request]))
    this.#transport.send(Buffer.concat([request, string(signature)]))
  }

  /** The best way to sign that the service takes; where it says nothing of that, the best one. */
  #algorithm(): string {
    const [ours, theirs] = [signatureAlgorithms[this.#login.key.kind], this.#transport.signatureAlgorithms]
    const found = theirs.length === 0 ? ours[0] : ours.find((name) => theirs.includes(name))
    if (found === undefined) throw new LoginDeclined()
    return found
  }
}
