import { X509Certificate } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { derItems } from './der-items.ts'

/** An authority that may be put into trust stores, as its certificate itself describes it. */
export interface TrustableAuthority {
  /** PEM. */
  readonly certificate: string
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` writes it. */
  readonly fingerprint: string
  /** SHA-1 of the certificate, by which keychains find it. */
  readonly fingerprintSha1: string
  /** What it speaks for, and what lies below. */
  readonly names: readonly string[]
  readonly expiresAt: string
  /** What it is called in every store. */
  readonly label: string
}

const oids = { nameConstraints: '551d1e', basicConstraints: '551d13', extendedKeyUsage: '551d25' }
/** Value of an extended key usage of serverAuth alone. */
const serverAuthAlone = '300a06082b06010505070301'
/** Everything a critical CA with a path length of 0 or 1 says. */
const shortPath = /^30060101ff02010[01]$/
const everyAddress = [8, 32].map((length) => Buffer.alloc(length).toString('hex'))
const maxValidityMs = 90 * 24 * 60 * 60 * 1000
const name = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)+$/

/**
 * Reads the first certificate of a bundle. SECURITY: what is installed, and what a person is asked about, is what stands in
 * the certificate, not what the broker says about it.
 * @throws CoatcheckError `authority_unconstrained`
 */
export function readAuthority(bundle: string, now: Date): TrustableAuthority {
  const certificate = parse(bundle)
  const extensions = extensionsOf(certificate)
  const { ca, validFromDate, validToDate, fingerprint, fingerprint256 } = certificate
  if (!ca || !certificate.verify(certificate.publicKey)) refuse('it is not an authority of its own')
  if (validToDate.getTime() - validFromDate.getTime() > maxValidityMs) refuse('it is valid for more than 90 days')
  if (validToDate <= now) refuse('it is no longer valid')
  const basic = extensions.get(oids.basicConstraints)
  if (basic?.critical !== true || !shortPath.test(basic.value)) refuse('its path length is not limited')
  if (extensions.get(oids.extendedKeyUsage)?.value !== serverAuthAlone) refuse('it is good for more than TLS servers')
  return {
    certificate: certificate.toString(),
    fingerprint: fingerprint256,
    fingerprintSha1: fingerprint,
    names: permittedNames(extensions.get(oids.nameConstraints)),
    expiresAt: validToDate.toISOString(),
    label: `coatcheck-${fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 24)}`,
  }
}

function parse(bundle: string): X509Certificate {
  try {
    return new X509Certificate(bundle)
  } catch {
    return refuse('its certificate cannot be read')
  }
}

interface Extension {
  readonly critical: boolean
  /** Hex. */
  readonly value: string
}

/** By the hex of their object identifiers. */
function extensionsOf({ raw }: X509Certificate): ReadonlyMap<string, Extension> {
  const body = itemsIn(itemsIn(raw)[0]?.content)[0]?.content
  const list = itemsIn(itemsIn(itemsIn(body).find(({ tag }) => tag === 0xa3)?.content)[0]?.content)
  const found = new Map<string, Extension>()
  for (const { content } of list) {
    const parts = itemsIn(content)
    const id = parts[0]?.content.toString('hex') ?? ''
    // SECURITY: of two that differ, programs may believe either.
    if (found.has(id)) refuse('it has an extension twice')
    const critical = parts.length === 3 && parts[1]?.tag === 0x01 && parts[1].content[0] === 0xff
    found.set(id, { critical, value: parts.at(-1)?.content.toString('hex') ?? '' })
  }
  return found
}

/** The DNS names of a critical constraint that permits nothing else and excludes every address. */
function permittedNames(extension: Extension | undefined): readonly string[] {
  if (extension?.critical !== true) return refuse('no critical name constraints hold it to the hosts of its secrets')
  const [sequence] = itemsIn(Buffer.from(extension.value, 'hex'))
  const lists = itemsIn(sequence?.content)
  if (lists.length !== 2 || lists[0]?.tag !== 0xa0 || lists[1]?.tag !== 0xa1)
    refuse('its constraints have another form')
  const excluded = basesIn(lists[1]?.content).filter(({ tag }) => tag === 0x87)
  const addresses = excluded.map(({ content }) => content.toString('hex'))
  if (!everyAddress.every((address) => addresses.includes(address))) refuse('it may speak for addresses')
  const permitted = basesIn(lists[0]?.content)
  const names = permitted.map(({ tag, content }) => (tag === 0x82 ? content.toString('latin1') : ''))
  if (names.length === 0 || !names.every((text) => name.test(text)))
    refuse('it may speak for more than full host names')
  return names
}

/** The name in each subtree; subtrees with limits of depth, which nobody verifies, are refused. */
function basesIn(content: Buffer | undefined) {
  return itemsIn(content).map((subtree) => {
    const [base, ...further] = itemsIn(subtree.content)
    return base === undefined || further.length > 0 ? refuse('its constraints have another form') : base
  })
}

function itemsIn(content: Buffer | undefined) {
  return (content === undefined ? undefined : derItems(content)) ?? refuse('its certificate cannot be read')
}

function refuse(reason: string): never {
  throw new CoatcheckError('authority_unconstrained', { reason })
}
