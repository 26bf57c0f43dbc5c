import { generateKeyPairSync, type KeyObject } from 'node:crypto'

const day = 24 * 60 * 60 * 1000

/** A certificate and its key, PEM. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

interface Keys {
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
}

interface Content {
  readonly subject: string
  readonly publicKey: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly kind: { readonly authority: true } | { readonly serverName: string }
}

/** Makes certificates; comes from the room next door, which this one may not know. */
export type IssueCertificate = (content: Content, issuer: Keys & { readonly subject: string }) => string

function newKeys(): Keys & { readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey, key }
}

/** A certificate authority of the tests' own. */
export class TestRoot {
  readonly #keys = { ...newKeys(), subject: 'test root' }
  readonly #issue: IssueCertificate
  readonly certificate: string

  constructor(issue: IssueCertificate) {
    this.#issue = issue
    this.certificate = issue({ ...this.#keys, ...validFor(day), kind: { authority: true } }, this.#keys)
  }

  issue(serverName: string, validity = validFor(day)): Identity {
    const { publicKey, key } = newKeys()
    const cert = this.#issue({ subject: serverName, publicKey, ...validity, kind: { serverName } }, this.#keys)
    return { key, cert }
  }
}

/** From yesterday until `ms` from now. */
export function validFor(ms: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + ms) }
}

/** A certificate that vouches for itself. */
export function selfSigned(serverName: string, issue: IssueCertificate): Identity {
  const keys = { ...newKeys(), subject: serverName }
  return { key: keys.key, cert: issue({ ...keys, ...validFor(day), kind: { serverName } }, keys) }
}
