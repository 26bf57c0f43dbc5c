import type { Socket } from 'node:net'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { FaultCount } from '../fault-count.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { SandboxEgress } from '../sandbox-egress.ts'
import type { Gatehouse } from './gatehouse.ts'
import { readIdentityPair } from './presented-identity.ts'
import type { Visitor } from './proxy-front.ts'
import { readMessage } from './read-message.ts'
import { readConnectTarget } from './read-target.ts'
import { readCredentials, readGreeting, readSocksRequest, type SocksRequest } from './socks-message.ts'
import type { Strangers } from './strangers.ts'

/** How a visitor is heard: `protected` inside TLS or on loopback; `clear`, where whoever is on the way reads the token. */
export type Hearing = 'protected' | 'clear'

/** What a SOCKS front works with. */
export interface SocksFrontParts {
  readonly faults: FaultCount
  readonly gatehouse: Gatehouse
  readonly strangers: Strangers
  /** Whether sandboxes that said beforehand where they call from may speak in clear text. */
  readonly allowClear: boolean
  /** The sandbox's way out, opened when it is not yet. @throws CoatcheckError */
  egressOf(sandbox: Sandbox): Promise<SandboxEgress>
}

const methods = { userPassword: 2, none: 0xff }
const commands = { connect: 1 }
/** RFC 1928 §6. */
const replies = { succeeded: 0, failed: 1, notAllowed: 2, commandUnknown: 7, addressTypeUnknown: 8 }

/**
 * Speaks SOCKS5 with sandboxes that run elsewhere (RFC 1928, RFC 1929): the id of the sandbox is the user, its token the
 * password. Only CONNECT is served; what comes then is looked at as on every other way.
 */
export class SocksFront {
  readonly #parts: SocksFrontParts

  constructor(parts: SocksFrontParts) {
    this.#parts = parts
  }

  /** Takes over a connection that begins with SOCKS5. Never rejects. */
  async serve(visitor: Visitor, hearing: Hearing): Promise<void> {
    const { stream, tcp } = visitor
    // SECURITY: an error without a listener would end the process.
    stream.on('error', () => tcp.destroy())
    try {
      const sandbox = await this.#identify(visitor, hearing)
      if (sandbox !== undefined) await this.#connect(visitor, await this.#parts.egressOf(sandbox))
    } catch (error) {
      // Nothing was promised yet; that it is not to be had is all that the client is told.
      this.#parts.faults.refusalOf(newIdentifier('con'), error)
      tcp.destroy()
    }
  }

  /** The sandbox that is calling; undefined when the connection was closed. SECURITY: the answer has no reason in it. */
  async #identify({ stream, tcp, peer }: Visitor, hearing: Hearing): Promise<Sandbox | undefined> {
    const { gatehouse, strangers, allowClear } = this.#parts
    const offered = await readMessage(stream, readGreeting)
    if (offered === undefined) return void tcp.destroy()
    const isRefused = hearing === 'clear' && !allowClear
    if (isRefused || !offered.includes(methods.userPassword)) {
      if (isRefused) await gatehouse.recordStranger('tls_required', peer, { protocol: 'SOCKS5' })
      else await gatehouse.recordStranger('proxy_unauthenticated', peer, { reason: 'no token' })
      return end(stream, [5, methods.none])
    }
    stream.write(Buffer.from([5, methods.userPassword]))
    const shown = await readMessage(stream, readCredentials)
    if (shown === undefined) return void tcp.destroy()
    // SECURITY: in clear text anybody on the way learns the token: only the place, said beforehand, still tells who is calling.
    const admission = await gatehouse.admit(readIdentityPair(shown), peer, { placedOnly: hearing === 'clear' })
    if (admission.outcome === 'admitted') {
      strangers.leave(tcp, peer)
      stream.write(Buffer.from([1, 0]))
      return admission.sandbox
    }
    if (admission.outcome === 'elsewhere') await gatehouse.recordElsewhere(admission)
    else if (strangers.mayFail(peer)) {
      const reason = admission.outcome === 'stranger' ? admission.reason : 'it is over'
      await gatehouse.recordStranger('proxy_unauthenticated', peer, { reason })
    } else {
      tcp.destroy()
      return void (await gatehouse.recordSurplus(peer, 'too many false tokens'))
    }
    return end(stream, [1, 1])
  }

  async #connect({ stream, tcp }: Visitor, egress: SandboxEgress): Promise<void> {
    egress.hold(tcp)
    const asked = await readMessage(stream, readSocksRequest)
    if (asked === undefined) return void tcp.destroy()
    const target = targetOf(asked)
    if ('refusal' in target) {
      await egress.recordRefusal(target.refusal)
      return end(stream, replyOf(target.reply))
    }
    stream.write(Buffer.from(replyOf(replies.succeeded)))
    const { host, port } = target
    await egress.acceptConnection({ stream, tcp }, { host, text: host, port })
  }
}

function targetOf({ command, authority }: SocksRequest) {
  if (command !== commands.connect) {
    return { reply: replies.commandUnknown, refusal: refuse('method_refused', { method: `SOCKS command ${command}` }) }
  }
  if (authority === undefined) {
    return { reply: replies.addressTypeUnknown, refusal: refuse('request_malformed', { reason: 'address type' }) }
  }
  const target = readConnectTarget(authority)
  if (!('code' in target)) return target
  return { reply: isDenial(target) ? replies.notAllowed : replies.failed, refusal: target }
}

function isDenial({ code }: Refusal): boolean {
  return code === 'destination_denied'
}

/** The address that the broker is said to call from is nobody's business. */
function replyOf(code: number): number[] {
  return [5, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

function end(stream: Socket, bytes: readonly number[]): undefined {
  stream.end(Buffer.from(bytes), () => stream.destroy())
  return undefined
}
