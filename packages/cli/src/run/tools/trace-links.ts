import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** As many links as the kernel follows in one path. */
const maxLinks = 40

/** A symbolic link of the host. */
export interface HostLink {
  /** Absolute path of the link; no step before the last is a link. */
  readonly path: string
  /** Where it leads, as it is written. */
  readonly target: string
}

/** Where a path of the host leads, and by which links. */
export interface TracedPath {
  readonly real: string
  readonly links: readonly HostLink[]
}

/**
 * Follows a path link by link; nothing when it leads nowhere, or through a link that `mayFollow` does not trust. Only
 * the answer of `mayFollow` decides about a link, not about a plain file or folder.
 */
export function traceLinks(path: string, mayFollow: (link: string) => boolean): TracedPath | undefined {
  const links: HostLink[] = []
  const waiting = resolve(path).split('/').filter(Boolean)
  let at = '/'
  while (waiting.length > 0) {
    const next = join(at, waiting.shift() ?? '')
    const target = targetOf(next)
    if (target === undefined) return undefined
    if (target === null) {
      at = next
      continue
    }
    if (links.length === maxLinks || !mayFollow(next)) return undefined
    links.push({ path: next, target })
    const rest = resolve(dirname(next), target).split('/').filter(Boolean)
    waiting.unshift(...rest)
    at = '/'
  }
  return { real: at, links: unique(links) }
}

/** Where a link leads; null for what is no link, nothing for what cannot be seen. */
function targetOf(path: string): string | null | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    return undefined
  }
}

function unique(links: readonly HostLink[]): readonly HostLink[] {
  return [...new Map(links.map((link) => [link.path, link])).values()]
}
