const loopback = ['localhost', '127.0.0.1', '::1']

/** Which hosts a command goes to directly, and which entries of the caller were dropped. */
export interface ComputedNoProxy {
  readonly value: string
  readonly dropped: readonly string[]
}

/**
 * The exceptions from the proxy for a command without a fence: loopback, and what the caller had. SECURITY: an entry that
 * covers a destination of a secret would send placeholders past the broker, and one for everything would do so for all.
 */
export function computedNoProxy(present: string | undefined, destinations: readonly string[]): ComputedNoProxy {
  const entries = (present ?? '')
    .split(/[\s,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !loopback.includes(entry))
  const hosts = destinations.map((to) =>
    to
      .replace(/^[a-z]+:\/\//, '')
      .replace(/[:/].*$/, '')
      .toLowerCase(),
  )
  const isKept = (entry: string) => entry !== '*' && !hosts.some((host) => covers(entry.toLowerCase(), host))
  return {
    value: [...new Set([...loopback, ...entries.filter(isKept)])].join(','),
    dropped: entries.filter((entry) => !isKept(entry)),
  }
}

/** Whether an entry excepts a host, in the widest way in which any client reads it; a pattern counts by its suffix. */
function covers(entry: string, host: string): boolean {
  const suffix = entry.replace(/:\d+$/, '').replace(/^\*?\.?/, '')
  if (host.startsWith('~')) return true
  const name = host.replace(/^\*\./, '')
  return (
    suffix === '' || name === suffix || name.endsWith(`.${suffix}`) || (name !== host && suffix.endsWith(`.${name}`))
  )
}
