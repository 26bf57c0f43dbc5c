import { randomBytes, timingSafeEqual } from 'node:crypto'
import { digest, exclusiveOr, hmac, type ScramHash, type ScramKeys, scramAttributes, scramKeys } from './scram-keys.ts'

/** How the connection is bound to TLS: to its certificate; not, though it could be; or not at all. */
export type ChannelBinding =
  | { readonly kind: 'bound'; readonly data: Buffer }
  | { readonly kind: 'unoffered' }
  | { readonly kind: 'none' }

const prefixes = { bound: 'p=tls-server-end-point,,', unoffered: 'y,,', none: 'n,,' } as const
/** SECURITY: a service that asks for more keeps the broker busy. */
const mostIterations = 2_000_000

/** Keys by what they were derived from, and only the last ones: each costs as much as an attacker's guess. */
export interface ScramKeyCache {
  get(id: string): ScramKeys | undefined
  set(id: string, keys: ScramKeys): unknown
}

/** What a client logs in with. */
export interface ScramLogin {
  /** Empty where the protocol says it elsewhere. */
  readonly name: string
  /** Prepared; or what was derived from it, by whoever knows the salt. */
  readonly password: string | ScramKeys
  readonly hash: ScramHash
  readonly binding: ChannelBinding
  readonly leastIterations: number
}

/** The client of one login by SCRAM (RFC 5802, RFC 7677). */
export class ScramClient {
  readonly #login: ScramLogin
  readonly #keys: ScramKeyCache
  readonly #bare: string
  #signature: Buffer | undefined
  #isProven = false

  constructor(login: ScramLogin, keys: ScramKeyCache) {
    this.#login = login
    this.#keys = keys
    const name = login.name.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#bare = `n=${name},r=${randomBytes(24).toString('base64')}`
  }

  /** Whether the service has shown that it knows the password too. */
  get isProven(): boolean {
    return this.#isProven
  }

  first(): string {
    return prefixes[this.#login.binding.kind] + this.#bare
  }

  /** Undefined where the service says what no honest one says. */
  async final(serverFirst: string): Promise<string | undefined> {
    const { hash, password, binding, leastIterations } = this.#login
    const attributes = scramAttributes(serverFirst)
    const [nonce = '', saltText = '', count = ''] = ['r', 's', 'i'].map((letter) => attributes?.get(letter))
    const own = this.#bare.slice(this.#bare.lastIndexOf(',r=') + 3)
    // SECURITY: a nonce that is not longer than our own was made by nobody.
    if (attributes?.has('m') || !nonce.startsWith(own) || nonce.length === own.length) return undefined
    const iterations = /^[1-9][0-9]{0,8}$/.test(count) ? Number(count) : 0
    if (iterations < leastIterations || iterations > mostIterations) return undefined
    const salt = Buffer.from(saltText, 'base64')
    if (salt.length === 0 || this.#signature !== undefined) return undefined
    const keys = typeof password === 'string' ? await this.#derive(password, salt, iterations) : password
    const bound = binding.kind === 'bound' ? binding.data : Buffer.alloc(0)
    const flags = Buffer.concat([Buffer.from(prefixes[binding.kind]), bound]).toString('base64')
    const unproven = `c=${flags},r=${nonce}`
    const signed = `${this.#bare},${serverFirst},${unproven}`
    this.#signature = hmac(hash, keys.serverKey, signed)
    return `${unproven},p=${exclusiveOr(keys.clientKey, hmac(hash, keys.storedKey, signed)).toString('base64')}`
  }

  /** Whether the service knows the password too. */
  verify(serverFinal: string): boolean {
    const shown = Buffer.from(scramAttributes(serverFinal)?.get('v') ?? '', 'base64')
    const expected = this.#signature
    if (expected === undefined || shown.length !== expected.length) return false
    this.#isProven = timingSafeEqual(shown, expected)
    return this.#isProven
  }

  async #derive(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
    const { hash } = this.#login
    const known = digest('sha256', Buffer.from(password)).toString('base64')
    const id = `${hash} ${salt.toString('base64')} ${iterations} ${known}`
    const keys = this.#keys.get(id) ?? (await scramKeys(password, salt, iterations, hash))
    this.#keys.set(id, keys)
    return keys
  }
}
