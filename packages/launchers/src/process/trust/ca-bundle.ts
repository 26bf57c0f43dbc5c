import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'

/** Where distributions keep the roots that the system trusts, in one file. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

const certificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** Every certificate in a text, each as a PEM block of its own. */
export function splitCertificates(text: string): string[] {
  return text.match(certificate) ?? []
}

/** The roots that the host trusts; those that Node carries, where the host has no bundle. */
export function systemRoots(candidates: readonly string[] = systemBundles): readonly string[] {
  for (const path of candidates) {
    try {
      const roots = splitCertificates(readFileSync(path, 'latin1'))
      if (roots.length > 0) return roots
    } catch {
      // This distribution keeps its bundle elsewhere.
    }
  }
  return rootCertificates
}

/** One text with the given roots and the sandbox's own authority, for clients whose setting replaces their store. */
export function combineBundle(roots: readonly string[], authority: string): string {
  return `${[...roots, ...splitCertificates(authority)].join('\n')}\n`
}

/** The certificates of a text that are not among `roots`, so that clients read none of those a second time. */
export function withoutRoots(text: string, roots: readonly string[]): string {
  const known = new Set(roots.map(bare))
  return splitCertificates(text)
    .filter((pem) => !known.has(bare(pem)))
    .map((pem) => `${pem}\n`)
    .join('')
}

function bare(pem: string): string {
  return pem.replaceAll(/\s/g, '')
}
