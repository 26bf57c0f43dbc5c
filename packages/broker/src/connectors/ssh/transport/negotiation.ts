import { randomBytes } from 'node:crypto'
import { disconnectReasons, SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { boolean, message, nameList, uint32 } from '../../../injection/ssh/wire-forms.ts'
import { WireReader } from '../../../injection/ssh/wire-reader.ts'
import { agreementNames } from './key-agreement.ts'
import { numbers } from './message-numbers.ts'
import { type CipherName, ciphers } from './packet-cipher.ts'

/** Who opened the connection. */
export type Role = 'client' | 'server'

/** What two sides agreed on. */
export interface Agreed {
  readonly agreement: string
  readonly hostKey: string
  readonly toServer: CipherName
  readonly toClient: CipherName
  /** The other side guessed wrongly, and what it sent on that guess is to be dropped. */
  readonly dropsGuess: boolean
}

/** What a side offers. RFC 4253 §7.1. */
export interface Offer {
  readonly agreements: readonly string[]
  readonly hostKeys: readonly string[]
  readonly toServer: readonly string[]
  readonly toClient: readonly string[]
  readonly isGuessing: boolean
  readonly isCompressionFree: boolean
}

const cookieBytes = 16
/** Marks of what is no agreement: extensions (RFC 8308 §2.1), and the strict form of the first exchange (PROTOCOL §1.10 of OpenSSH). */
const extensionMarks = { client: 'ext-info-c', server: 'ext-info-s' } as const
const strictMarks = { client: 'kex-strict-c-v00@openssh.com', server: 'kex-strict-s-v00@openssh.com' } as const

const cipherNames = Object.keys(ciphers) as readonly CipherName[]
/** A cipher that proves its packets makes this list idle (PROTOCOL §1.6 of OpenSSH); a peer may refuse an empty one. */
const idleMacs = ['hmac-sha2-256']

/** The message by which a side offers what it speaks. @param isFirst whether it opens the connection */
export function keyInit(role: Role, hostKeys: readonly string[], isFirst: boolean): Buffer {
  const marks = isFirst ? [strictMarks[role], ...(role === 'client' ? [extensionMarks.client] : [])] : []
  const lists = [
    [...agreementNames(), ...marks],
    hostKeys,
    cipherNames,
    cipherNames,
    idleMacs,
    idleMacs,
    ['none'],
    ['none'],
    [],
    [],
  ].map(nameList)
  return message(numbers.keyInit, randomBytes(cookieBytes), ...lists, boolean(false), uint32(0))
}

/** Reads what the other side offers. @throws SshFault */
export function readOffer(payload: Buffer): Offer {
  const reader = new WireReader(payload.subarray(1))
  reader.bytes(cookieBytes)
  const lists = Array.from({ length: 10 }, () => reader.names())
  const isGuessing = reader.boolean()
  reader.uint32()
  reader.end()
  const [agreements = [], hostKeys = [], toServer = [], toClient = [], , , ...compressions] = lists
  const isCompressionFree = compressions.slice(0, 2).every((names) => names.includes('none'))
  return { agreements, hostKeys, toServer, toClient, isGuessing, isCompressionFree }
}

/** Whether the other side keeps to the strict form of the first exchange, against messages that are slipped in (CVE-2023-48795). */
export function isStrict(role: Role, { agreements }: Offer): boolean {
  return agreements.includes(strictMarks[role === 'client' ? 'server' : 'client'])
}

/** Whether a client wants to be told of extensions. RFC 8308 §2.1. */
export function wantsExtensions({ agreements }: Offer): boolean {
  return agreements.includes(extensionMarks.client)
}

/** What comes out of two offers: of each list, the first of the client that the server has too. @throws SshFault */
export function agree(role: Role, hostKeys: readonly string[], offer: Offer): Agreed {
  if (!offer.isCompressionFree) throw nothingIn('compression')
  const choose = <Name extends string>(what: string, ours: readonly Name[], theirs: readonly string[]): Name => {
    const [preferred, known] = role === 'client' ? [ours, theirs] : [theirs, ours as readonly string[]]
    const found = preferred.find((name) => known.includes(name))
    if (found === undefined) throw nothingIn(what)
    return found as Name
  }
  const agreement = choose('key exchange', agreementNames(), offer.agreements)
  const hostKey = choose('host key', hostKeys, offer.hostKeys)
  const isRight = offer.agreements[0] === agreement && offer.hostKeys[0] === hostKey
  return {
    agreement,
    hostKey,
    toServer: choose('cipher', cipherNames, offer.toServer),
    toClient: choose('cipher', cipherNames, offer.toClient),
    dropsGuess: offer.isGuessing && !isRight,
  }
}

function nothingIn(what: string): SshFault {
  return new SshFault(`no ${what} in common`, disconnectReasons.keyExchangeFailed)
}
