import { randomBytes, timingSafeEqual } from 'node:crypto'
import { digest, exclusiveOr, hmac, type ScramKeys, scramAttributes } from './scram-keys.ts'

/** What the server of logins keeps instead of a password. */
export interface ScramVerifier extends ScramKeys {
  readonly salt: Buffer
  readonly iterations: number
}

/** The server of one login by SCRAM, without channel binding. */
export class ScramServer {
  readonly #verifier: ScramVerifier
  #opening:
    | { readonly prefix: string; readonly bare: string; readonly nonce: string; readonly text: string }
    | undefined

  constructor(verifier: ScramVerifier) {
    this.#verifier = verifier
  }

  /** Undefined for what is no first message, or asks for a binding that was not offered. */
  first(clientFirst: string): string | undefined {
    const [, flag, name, bare = ''] = /^([ny]),(a=[^,]*)?,(.*)$/s.exec(clientFirst) ?? []
    const nonce = scramAttributes(bare)?.get('r')
    if (flag === undefined || nonce === undefined || nonce === '' || bare.startsWith('m=')) return undefined
    const { salt, iterations } = this.#verifier
    const joined = nonce + randomBytes(18).toString('base64')
    const text = `r=${joined},s=${salt.toString('base64')},i=${iterations}`
    this.#opening = { prefix: `${flag},${name ?? ''},`, bare, nonce: joined, text }
    return text
  }

  /** What proves the password to the client; undefined where it did not prove it to us. */
  final(clientFinal: string): string | undefined {
    const opening = this.#opening
    const end = clientFinal.lastIndexOf(',p=')
    if (opening === undefined || end === -1) return undefined
    const unproven = clientFinal.slice(0, end)
    const attributes = scramAttributes(unproven)
    const binding = Buffer.from(opening.prefix).toString('base64')
    if (attributes?.get('r') !== opening.nonce || attributes.get('c') !== binding) return undefined
    const { hash, storedKey, serverKey } = this.#verifier
    const signed = `${opening.bare},${opening.text},${unproven}`
    const proof = Buffer.from(clientFinal.slice(end + 3), 'base64')
    if (proof.length !== storedKey.length) return undefined
    const shown = digest(hash, exclusiveOr(proof, hmac(hash, storedKey, signed)))
    // SECURITY: in constant time.
    return timingSafeEqual(shown, storedKey) ? `v=${hmac(hash, serverKey, signed).toString('base64')}` : undefined
  }
}
