import { canonicalTarget } from '../foundation/canonical-path.ts'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { TokenEndpoint } from './derivation.ts'

const maxUrlLength = 512

/** Whether a text is the URL of a token endpoint: https, one exact name, a path, and nothing that could be read in two ways. */
export function isTokenUrl(text: string): boolean {
  return readTokenUrl(text) !== undefined
}

/** Reads the URL of a token endpoint. @throws TypeError where `isTokenUrl` says no */
export function parseTokenUrl(text: string): TokenEndpoint {
  const endpoint = readTokenUrl(text)
  if (endpoint === undefined) throw new TypeError('not a token URL')
  return endpoint
}

function readTokenUrl(text: string): TokenEndpoint | undefined {
  const [, origin, path] = /^(https:\/\/[a-z0-9.-]+(?::[0-9]+)?)(\/[!-~]*)$/.exec(text) ?? []
  if (origin === undefined || path === undefined || text.length > maxUrlLength || /[?#]/.test(path)) return undefined
  const target = canonicalTarget(path)
  // SECURITY: what is compared with requests later must be what was written here.
  if ('refused' in target || target.path !== path) return undefined
  try {
    const { exactHost, port } = parseDestinationPattern(origin)
    return exactHost === null ? undefined : { destination: { scheme: 'https', host: exactHost, port }, path }
  } catch {
    return undefined
  }
}
