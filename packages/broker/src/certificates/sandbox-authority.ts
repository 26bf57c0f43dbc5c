import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import { canonicalHost } from '../foundation/canonical-host.ts'
import type { Clock } from '../foundation/clock.ts'
import { isAtOrBelow } from '../foundation/is-at-or-below.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import { type CertificateIssuer, issueCertificate } from './certificate.ts'
import type { CertificateAuthority, CertificateLeaf } from './certificate-authority.ts'

/** What an authority is made for. */
export interface SandboxAuthorityOptions {
  /** Name of the sandbox, as its users will read it in the certificate. */
  readonly name: string
  readonly clock: Clock
  /** The longest life of the sandbox; the authority issues nothing that outlives it. */
  readonly lifetimeMs: number
  /**
   * Names for which, and below which, the authority speaks, and verifiers hold it to that; every one when absent. Such an
   * authority lives for 90 days at most.
   */
  readonly names?: readonly string[]
}

/** Clocks inside differ: validity begins this long before the issuing. */
const backDateMs = 60 * 60 * 1000
/** A leaf lives a week at most, and is issued again when a third of its life is left. */
const leafLifetimeMs = 7 * 24 * 60 * 60 * 1000
/** Longest validity of an authority that may be put into trust stores. */
const maxConstrainedMs = 90 * 24 * 60 * 60 * 1000
/** Contexts kept; the least recently used one gives way. */
const maxContexts = 256

interface KeyPair {
  readonly publicKey: Buffer
  readonly privateKey: KeyObject
}

interface Leaf extends CertificateLeaf {
  /** Made at the first use. */
  context?: SecureContext
}

/** Enough to be an authority: what is kept of one that has to outlive the process. */
export interface AuthorityMaterial {
  /** What clients trust, PEM. */
  readonly certificate: string
  /** Name of the one that issues. */
  readonly subject: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
  /** Present where verifiers hold the authority to names. */
  readonly constrained?: {
    readonly names: readonly string[]
    /** Certificate of the one that issues, under the one that clients trust, PEM. */
    readonly issuing: string
  }
}

/** Makes a new authority for one sandbox. */
export async function createAuthorityMaterial(options: SandboxAuthorityOptions): Promise<AuthorityMaterial> {
  const { clock, lifetimeMs, name, names } = options
  const nowMs = clock.now().getTime()
  const notBefore = new Date(nowMs - backDateMs)
  const trusted = { ...(await newKeyPair()), subject: commonName('sandbox', name) }
  if (names === undefined) {
    const notAfter = new Date(nowMs + lifetimeMs)
    const certificate = issueCertificate({ ...trusted, notBefore, notAfter, kind: { authority: true } }, trusted)
    return { certificate, subject: trusted.subject, privateKey: pemOf(trusted.privateKey) }
  }
  const validity = {
    notBefore,
    notAfter: new Date(Math.min(nowMs + lifetimeMs, nowMs - backDateMs + maxConstrainedMs)),
  }
  const issuing = { ...(await newKeyPair()), subject: commonName('issuer', name) }
  const kindOf = (pathLength: 0 | 1) => ({ authority: true, pathLength, names }) as const
  // SECURITY: some verifiers, Java among them, do not look at the constraints of what they trust, only at those of what
  // stands below. The key of what they trust is used this once, and kept nowhere: nothing else can ever stand below it.
  return {
    certificate: issueCertificate({ ...trusted, ...validity, kind: kindOf(1) }, trusted),
    subject: issuing.subject,
    privateKey: pemOf(issuing.privateKey),
    constrained: { names, issuing: issueCertificate({ ...issuing, ...validity, kind: kindOf(0) }, trusted) },
  }
}

/** The authority that this material makes. The keys of its leaves exist in memory only. */
export async function openSandboxAuthority(material: AuthorityMaterial, clock: Clock): Promise<CertificateAuthority> {
  const { certificate, constrained, subject } = material
  const privateKey = createPrivateKey(material.privateKey)
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return new SandboxAuthority({
    certificate,
    clock,
    issuer: { subject, publicKey, privateKey },
    leafKeys: await newKeyPair(),
    notAfterMs: new X509Certificate(certificate).validToDate.getTime(),
    served: constrained?.issuing ?? certificate,
    ...(constrained === undefined ? {} : { names: constrained.names }),
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
  /** What goes out behind a leaf. */
  readonly served: string
  readonly names?: readonly string[]
}

class SandboxAuthority implements CertificateAuthority {
  readonly certificate: string
  readonly #parts: AuthorityParts
  readonly #leafKey: string
  readonly #leaves = new RecentMap<string, Leaf>(maxContexts)

  constructor(parts: AuthorityParts) {
    this.certificate = parts.certificate
    this.#parts = parts
    this.#leafKey = pemOf(parts.leafKeys.privateKey)
  }

  async contextFor(host: string): Promise<SecureContext> {
    const leaf = this.#leafFor(host)
    leaf.context ??= createSecureContext({ key: leaf.privateKey, cert: leaf.certificate, minVersion: 'TLSv1.2' })
    return leaf.context
  }

  leafFor(host: string): CertificateLeaf {
    const { certificate, privateKey, renewAtMs } = this.#leafFor(host)
    return { certificate, privateKey, renewAtMs }
  }

  /** One leaf per host: issuing does not wait for anything, so no second use can come between. */
  #leafFor(host: string): Leaf {
    const nowMs = this.#parts.clock.now().getTime()
    if (nowMs >= this.#parts.notAfterMs) throw new CoatcheckError('sandbox_expired')
    const known = this.#leaves.get(host)
    const leaf = known !== undefined && nowMs < known.renewAtMs ? known : this.#issue(host, nowMs)
    this.#leaves.set(host, leaf)
    return leaf
  }

  #issue(host: string, nowMs: number): Leaf {
    // SECURITY: whatever text a client sends as a name, only a canonical host gets into a certificate.
    if (canonicalHost(host) !== host) throw new CoatcheckError('request_malformed', { reason: 'not a host name' })
    const { issuer, leafKeys, names, notAfterMs: limitMs, served } = this.#parts
    // SECURITY: not left to verifiers alone.
    if (names !== undefined && !isAtOrBelow(names, host)) {
      throw new CoatcheckError('destination_denied', {
        host,
        reason: 'the sandbox’s authority is not good for this name',
      })
    }
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
    return {
      certificate: certificate + served,
      privateKey: this.#leafKey,
      // What lives as long as its authority cannot be followed by anything that lives longer.
      renewAtMs: notAfterMs === limitMs ? limitMs : nowMs + ((notAfterMs - nowMs) * 2) / 3,
    }
  }
}

async function newKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' })
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function commonName(role: 'sandbox' | 'issuer', sandbox: string): string {
  return [...`Coatcheck ${role} ${sandbox}`].slice(0, 64).join('')
}
