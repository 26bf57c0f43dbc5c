import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { disconnectReasons, SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { mpint, string } from '../../../injection/ssh/wire-forms.ts'
import { decapsulateFrom, encapsulateTo, isLatticeThere, latticeBytes, newLatticeKey } from './lattice-key.ts'

/** What two sides come to know, in the form in which it is hashed. */
export type SharedSecret = Buffer

/** One exchange that this side began. */
export interface AgreementStart {
  /** What the other side is told. */
  readonly share: Buffer
  /** @throws SshFault */
  finish(theirs: Buffer): SharedSecret
}

/** An exchange of a lattice and a curve together: draft-ietf-sshm-mlkem-hybrid-kex. */
const hybridName = 'mlkem768x25519-sha256'
/** Names of RFC 8731 §3, the second one from before it. */
const curveNames = ['curve25519-sha256', 'curve25519-sha256@libssh.org']

let known: readonly string[] | undefined

/** Ways to agree on keys, best first. All of them hash with SHA-256. */
export function agreementNames(): readonly string[] {
  // Whoever speaks no SSH need not find out.
  known ??= [...(isLatticeThere() ? [hybridName] : []), ...curveNames]
  return known
}

const pointBytes = 32

/** Begins an exchange, as a client. */
export function startAgreement(name: string): AgreementStart {
  const curve = generateKeyPairSync('x25519')
  const point = pointOf(curve.publicKey)
  if (name !== hybridName) return { share: point, finish: (theirs) => mpint(sharedPoint(curve.privateKey, theirs)) }
  const lattice = newLatticeKey()
  return {
    share: Buffer.concat([lattice.share, point]),
    finish(theirs) {
      const [sealed, their] = halves(theirs, latticeBytes.sealed)
      return hybridSecret(decapsulateFrom(lattice.privateKey, sealed), sharedPoint(curve.privateKey, their))
    },
  }
}

/** Answers an exchange, as a server. @throws SshFault */
export function answerAgreement(
  name: string,
  theirs: Buffer,
): { readonly share: Buffer; readonly secret: SharedSecret } {
  const curve = generateKeyPairSync('x25519')
  const point = pointOf(curve.publicKey)
  if (name !== hybridName) return { share: point, secret: mpint(sharedPoint(curve.privateKey, theirs)) }
  const [key, their] = halves(theirs, latticeBytes.share)
  const { sealed, secret } = encapsulateTo(key)
  return { share: Buffer.concat([sealed, point]), secret: hybridSecret(secret, sharedPoint(curve.privateKey, their)) }
}

/** Draft §2.4: the hash of both, as a string and not as a number. */
function hybridSecret(lattice: Buffer, curve: Buffer): SharedSecret {
  return string(createHash('sha256').update(lattice).update(curve).digest())
}

function halves(bytes: Buffer, first: number): readonly [Buffer, Buffer] {
  if (bytes.length !== first + pointBytes) throw refusedShare()
  return [bytes.subarray(0, first), bytes.subarray(first)]
}

function pointOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}

function sharedPoint(privateKey: KeyObject, theirs: Buffer): Buffer {
  if (theirs.length !== pointBytes) throw refusedShare()
  try {
    const key = { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') }
    // SECURITY: OpenSSL refuses points of small order, which would leave nothing secret (RFC 8731 §3).
    return diffieHellman({ privateKey, publicKey: createPublicKey({ format: 'jwk', key }) })
  } catch {
    throw refusedShare()
  }
}

/** The refusal of what cannot be a share of an exchange. */
function refusedShare(): SshFault {
  return new SshFault('the key exchange failed', disconnectReasons.keyExchangeFailed)
}
