import { isSignedBy, type PublicKey, readPublicKey } from '../../../injection/ssh/public-key.ts'
import { type SigningKey, signWith } from '../../../injection/ssh/signing-key.ts'
import { disconnectReasons, SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { message, nameList, string, uint32 } from '../../../injection/ssh/wire-forms.ts'
import { WireReader } from '../../../injection/ssh/wire-reader.ts'
import { ownIdentification } from './identification.ts'
import { type AgreementStart, answerAgreement, type SharedSecret, startAgreement } from './key-agreement.ts'
import { numbers } from './message-numbers.ts'
import {
  type Agreed,
  agree,
  isStrict,
  keyInit,
  type Offer,
  type Role,
  readOffer,
  wantsExtensions,
} from './negotiation.ts'
import type { PacketCipher } from './packet-cipher.ts'
import { hashExchange, type SessionKeys, sessionKeys } from './session-keys.ts'

/** How a server is known: by a key that signs, or, on the other side, by what is asked of such a key. */
export type HostKeyProof =
  | { readonly algorithms: readonly string[]; readonly key: SigningKey }
  | { readonly algorithms: readonly string[]; readonly isKnown: (key: PublicKey) => boolean }

/** What an exchange of keys does to its connection. */
export interface ExchangeActions {
  send(payload: Buffer): void
  /** Enciphers what is sent from now on. */
  seal(cipher: PacketCipher): void
  /** Deciphers what comes from now on. @param isCountedAnew whether packets are counted from zero */
  open(cipher: PacketCipher, isCountedAnew: boolean): void
  /** Messages of services may be sent again. */
  done(isFirst: boolean): void
}

/** Messages that may come while keys are exchanged anew. RFC 4253 §7.1. */
const lastOfTransport = 4
const maxExtensions = 16

/** The exchange of keys of one connection, the first one and all later ones. RFC 4253 §7, RFC 5656 §4, RFC 8731. */
export class KeyExchange {
  readonly #role: Role
  readonly #proof: HostKeyProof
  readonly #actions: ExchangeActions
  #theirLine = ''
  #sessionId: Buffer | undefined
  #firstHash: Buffer | undefined
  #ours: Buffer | undefined
  #theirs: Buffer | undefined
  #agreed: Agreed | undefined
  #start: AgreementStart | undefined
  #keys: SessionKeys | undefined
  #isStrict = false
  #isTellingExtensions = false
  #mayHearExtensions = false
  #dropsNext = false
  #signatureAlgorithms: readonly string[] = []

  constructor(role: Role, proof: HostKeyProof, actions: ExchangeActions) {
    this.#role = role
    this.#proof = proof
    this.#actions = actions
  }

  /** Whether messages of services have to wait. */
  get isRunning(): boolean {
    return this.#sessionId === undefined || this.#ours !== undefined
  }

  get sessionId(): Buffer {
    if (this.#sessionId === undefined) throw new SshFault('there are no keys')
    return this.#sessionId
  }

  get signatureAlgorithms(): readonly string[] {
    return this.#signatureAlgorithms
  }

  /** The first line of the other side. */
  identified(line: string): void {
    this.#theirLine = line
  }

  /** Offers new keys, unless that was done. */
  begin(): void {
    if (this.#ours !== undefined) return
    this.#ours = keyInit(this.#role, this.#proof.algorithms, this.#sessionId === undefined)
    this.#actions.send(this.#ours)
  }

  /** Takes a message, where it is one of an exchange. @throws SshFault where it may not come now */
  take(type: number, payload: Buffer): boolean {
    const mayHearExtensions = this.#mayHearExtensions
    this.#mayHearExtensions = false
    if (type === numbers.keyInit) return this.#takeOffer(payload)
    if (type === numbers.newKeys) return this.#takeNewKeys(payload)
    if (type === numbers.agreementInit || type === numbers.agreementReply) return this.#takeShare(type, payload)
    if (type === numbers.extensions) {
      // RFC 8308 §2.4: right behind the first new keys, or, from a server, right before it lets somebody in.
      if (this.#role === 'server' && !mayHearExtensions) throw new SshFault('extensions at a wrong time')
      return this.#takeExtensions(payload)
    }
    // SECURITY: in a first exchange nothing else is said, not even what would be ignored: packets that are slipped in or
    // dropped before there are keys must show (CVE-2023-48795).
    const isEarly = this.#theirs === undefined || this.#isStrict || type > lastOfTransport
    if (this.#sessionId === undefined && isEarly) throw unexpected()
    if (this.#theirs !== undefined && type > lastOfTransport) throw unexpected()
    return false
  }

  #takeOffer(payload: Buffer): true {
    if (this.#theirs !== undefined) throw unexpected()
    const offer = readOffer(payload)
    if (this.#sessionId === undefined) this.#readMarks(offer)
    this.#theirs = Buffer.from(payload)
    this.begin()
    this.#agreed = agree(this.#role, this.#proof.algorithms, offer)
    this.#dropsNext = this.#agreed.dropsGuess
    if (this.#role === 'server') return true
    this.#start = startAgreement(this.#agreed.agreement)
    this.#actions.send(message(numbers.agreementInit, string(this.#start.share)))
    return true
  }

  #readMarks(offer: Offer): void {
    this.#isStrict = isStrict(this.#role, offer)
    this.#isTellingExtensions = this.#role === 'server' && wantsExtensions(offer)
  }

  #takeShare(type: number, payload: Buffer): true {
    const agreed = this.#agreed
    if (agreed === undefined || this.#keys !== undefined) throw unexpected()
    if (this.#dropsNext) {
      this.#dropsNext = false
      return true
    }
    const reader = new WireReader(payload.subarray(1))
    if (this.#role === 'server' && type === numbers.agreementInit) this.#answer(agreed, reader)
    else if (this.#role === 'client' && type === numbers.agreementReply) this.#verify(agreed, reader)
    else throw unexpected()
    return true
  }

  /** The half of a server: makes the secret, and signs. */
  #answer(agreed: Agreed, reader: WireReader): void {
    const theirs = reader.string()
    reader.end()
    if (!('key' in this.#proof)) throw new SshFault('internal')
    const { key } = this.#proof
    const { share, secret } = answerAgreement(agreed.agreement, theirs)
    const hash = this.#hash(key.blob, theirs, share, secret)
    const signature = signWith(key, agreed.hostKey, hash)
    this.#actions.send(message(numbers.agreementReply, string(key.blob), string(share), string(signature)))
    this.#agreedOn(secret, hash, agreed)
  }

  /** The half of a client: makes the secret, and looks at the key and its signature. */
  #verify(agreed: Agreed, reader: WireReader): void {
    const [blob, theirs, signature] = [reader.string(), reader.string(), reader.string()]
    reader.end()
    if (this.#start === undefined || !('isKnown' in this.#proof)) throw unexpected()
    const key = readPublicKey(Buffer.from(blob))
    // SECURITY: who it is comes before anything is made of what it said.
    if (!this.#proof.isKnown(key))
      throw new SshFault('the host key is not known', disconnectReasons.hostKeyNotVerifiable)
    const secret = this.#start.finish(theirs)
    const hash = this.#hash(blob, this.#start.share, theirs, secret)
    if (!isSignedBy(key, agreed.hostKey, hash, signature)) {
      throw new SshFault('the host key did not sign', disconnectReasons.hostKeyNotVerifiable)
    }
    this.#agreedOn(secret, hash, agreed)
  }

  /** RFC 5656 §4; what each side said of itself and offered is in it. */
  #hash(hostKey: Buffer, clientShare: Buffer, serverShare: Buffer, secret: SharedSecret): Buffer {
    const [ours, theirs] = [this.#ours, this.#theirs]
    if (ours === undefined || theirs === undefined) throw unexpected()
    const isClient = this.#role === 'client'
    const lines = isClient ? [ownIdentification, this.#theirLine] : [this.#theirLine, ownIdentification]
    const offers = isClient ? [ours, theirs] : [theirs, ours]
    const said = [...lines, ...offers, hostKey, clientShare, serverShare].map(string)
    return hashExchange(...said, secret)
  }

  #agreedOn(secret: SharedSecret, hash: Buffer, agreed: Agreed): void {
    const isFirst = this.#sessionId === undefined
    this.#firstHash ??= hash
    this.#keys = sessionKeys(secret, hash, this.#firstHash, agreed)
    this.#actions.send(Buffer.of(numbers.newKeys))
    this.#actions.seal(this.#role === 'client' ? this.#keys.toServer : this.#keys.toClient)
    if (isFirst && this.#isTellingExtensions) this.#actions.send(ownExtensions())
  }

  #takeNewKeys(payload: Buffer): true {
    if (this.#keys === undefined || payload.length !== 1) throw unexpected()
    this.#actions.open(this.#role === 'client' ? this.#keys.toClient : this.#keys.toServer, this.#isStrict)
    const isFirst = this.#sessionId === undefined
    this.#sessionId = this.#firstHash
    this.#mayHearExtensions = isFirst
    this.#ours = undefined
    this.#theirs = undefined
    this.#keys = undefined
    this.#start = undefined
    this.#agreed = undefined
    this.#actions.done(isFirst)
    return true
  }

  #takeExtensions(payload: Buffer): true {
    if (this.#sessionId === undefined) throw unexpected()
    const reader = new WireReader(payload.subarray(1))
    const count = reader.uint32()
    if (count > maxExtensions) throw new SshFault('there are too many extensions')
    for (let index = 0; index < count; index += 1) {
      const [name, value] = [reader.string(), reader.string()]
      // RFC 8308 §3.1.
      if (name.toString('latin1') === 'server-sig-algs') this.#signatureAlgorithms = value.toString('latin1').split(',')
    }
    reader.end()
    return true
  }
}

/** RFC 8308 §3.1: stand-ins are keys of Ed25519. */
function ownExtensions(): Buffer {
  return message(numbers.extensions, uint32(1), string('server-sig-algs'), nameList(['ssh-ed25519']))
}

function unexpected(): SshFault {
  return new SshFault('a message came at a wrong time')
}
