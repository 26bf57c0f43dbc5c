import { readFileSync } from 'node:fs'

/** Variables that name a file of roots which the caller's programs trust. */
const variables = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO']

const certificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

const maxBytes = 4 * 1024 * 1024

/**
 * Certificates, PEM, in the files of roots that the caller's variables name, so that private hosts stay reachable through
 * opaque tunnels. SECURITY: only the sandbox trusts them; the broker verifies services by its own settings.
 */
export function callerRoots(user: Readonly<Record<string, string>>): string {
  const found = new Set<string>()
  for (const path of new Set(variables.map((name) => user[name] ?? ''))) {
    if (path === '') continue
    for (const text of certificatesIn(path)) found.add(`${text.replaceAll('\r', '')}\n`)
  }
  return [...found].join('')
}

function certificatesIn(path: string): readonly string[] {
  try {
    const text = readFileSync(path, 'latin1')
    return text.length > maxBytes ? [] : (text.match(certificate) ?? [])
  } catch {
    // What the caller's own programs could not read either does not keep the command from starting.
    return []
  }
}
