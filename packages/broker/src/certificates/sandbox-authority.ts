import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import { canonicalHost } from '../foundation/canonical-host.ts'
import type { Clock } from '../foundation/clock.ts'
import { type CertificateIssuer, issueCertificate } from './certificate.ts'
import type { CertificateAuthority } from './certificate-authority.ts'

/** What an authority is made for. */
export interface SandboxAuthorityOptions {
  /** Name of the sandbox, as its users will read it in the certificate. */
  readonly name: string
  readonly clock: Clock
  /** The longest life of the sandbox; the authority issues nothing that outlives it. */
  readonly lifetimeMs: number
}

/** Clocks inside differ: validity begins this long before the issuing. */
const backDateMs = 60 * 60 * 1000
/** A leaf lives a week at most, and is issued again when a third of its life is left. */
const leafLifetimeMs = 7 * 24 * 60 * 60 * 1000
/** Contexts kept; the least recently used one gives way. */
const maxContexts = 256

interface KeyPair {
  readonly publicKey: Buffer
  readonly privateKey: KeyObject
}

interface Leaf {
  readonly context: SecureContext
  /** Issued again from this instant on. */
  readonly renewAtMs: number
  readonly notAfterMs: number
}

/** Enough to be an authority: what is kept of one that has to outlive the process. */
export interface AuthorityMaterial {
  /** PEM. */
  readonly certificate: string
  /** Name in the certificate. */
  readonly subject: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
}

/** Makes a new authority for one sandbox. */
export async function createAuthorityMaterial(options: SandboxAuthorityOptions): Promise<AuthorityMaterial> {
  const { clock, lifetimeMs } = options
  const { publicKey, privateKey } = await newKeyPair()
  const issuer = { publicKey, privateKey, subject: commonName(options.name) }
  const nowMs = clock.now().getTime()
  const certificate = issueCertificate(
    {
      ...issuer,
      notBefore: new Date(nowMs - backDateMs),
      notAfter: new Date(nowMs + lifetimeMs),
      kind: { authority: true },
    },
    issuer,
  )
  return { certificate, subject: issuer.subject, privateKey: pemOf(privateKey) }
}

/** The authority that this material makes. The keys of its leaves exist in memory only. */
export async function openSandboxAuthority(material: AuthorityMaterial, clock: Clock): Promise<CertificateAuthority> {
  const { certificate, subject } = material
  const privateKey = createPrivateKey(material.privateKey)
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return new SandboxAuthority({
    certificate,
    clock,
    issuer: { subject, publicKey, privateKey },
    leafKeys: await newKeyPair(),
    notAfterMs: new X509Certificate(certificate).validToDate.getTime(),
  })
}

/** Creates the authority of one sandbox. Its keys exist in memory only, and nowhere else. */
export async function createSandboxAuthority(options: SandboxAuthorityOptions): Promise<CertificateAuthority> {
  return openSandboxAuthority(await createAuthorityMaterial(options), options.clock)
}

interface AuthorityParts {
  readonly certificate: string
  readonly clock: Clock
  readonly issuer: CertificateIssuer
  readonly leafKeys: KeyPair
  readonly notAfterMs: number
}

class SandboxAuthority implements CertificateAuthority {
  readonly certificate: string
  readonly #parts: AuthorityParts
  readonly #leafKey: string
  /** Oldest use first. */
  readonly #leaves = new Map<string, Leaf>()

  constructor(parts: AuthorityParts) {
    this.certificate = parts.certificate
    this.#parts = parts
    this.#leafKey = pemOf(parts.leafKeys.privateKey)
  }

  /** One leaf per host: issuing does not wait for anything, so no second use can come between. */
  async contextFor(host: string): Promise<SecureContext> {
    const nowMs = this.#parts.clock.now().getTime()
    if (nowMs >= this.#parts.notAfterMs) throw new CoatcheckError('sandbox_expired')
    const known = this.#leaves.get(host)
    const usable = known !== undefined && (nowMs < known.renewAtMs || known.notAfterMs === this.#parts.notAfterMs)
    const leaf = usable ? known : this.#issue(host, nowMs)
    this.#leaves.delete(host)
    this.#leaves.set(host, leaf)
    if (this.#leaves.size > maxContexts) this.#leaves.delete(this.#leaves.keys().next().value!)
    return leaf.context
  }

  #issue(host: string, nowMs: number): Leaf {
    // SECURITY: whatever text a client sends as a name, only a canonical host gets into a certificate.
    if (canonicalHost(host) !== host) throw new CoatcheckError('request_malformed', { reason: 'not a host name' })
    const { issuer, leafKeys, notAfterMs: limitMs } = this.#parts
    const notAfterMs = Math.min(nowMs + leafLifetimeMs, limitMs)
    const certificate = issueCertificate(
      {
        subject: host.length <= 64 ? host : '',
        publicKey: leafKeys.publicKey,
        notBefore: new Date(nowMs - backDateMs),
        notAfter: new Date(notAfterMs),
        kind: { serverName: host },
      },
      issuer,
    )
    const context = createSecureContext({
      key: this.#leafKey,
      cert: certificate + this.certificate,
      minVersion: 'TLSv1.2',
    })
    return { context, notAfterMs, renewAtMs: nowMs + ((notAfterMs - nowMs) * 2) / 3 }
  }
}

async function newKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' })
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function commonName(sandbox: string): string {
  return [...`Coatcheck sandbox ${sandbox}`].slice(0, 64).join('')
}
