import { z } from 'zod'

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]'])

/**
 * The URL of a service in the configuration. SECURITY: `https`, or `http` to an agent on this machine; the operator's own
 * credential goes there.
 */
export const serviceUrl = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text), 'must be a URL')
  .transform((text) => new URL(text))
  .refine(({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname)), {
    error: 'must be https, or http on loopback',
  })
  .refine(({ username, password, search, hash }) => [username, password, search, hash].every((part) => part === ''), {
    error: 'must have no login, query or fragment',
  })

/** A path below that of a service. */
export function below(base: URL, ...segments: readonly string[]): URL {
  const url = new URL(base)
  url.pathname = [base.pathname.replace(/\/$/, ''), ...segments.map(encodeURIComponent)].join('/')
  return url
}
