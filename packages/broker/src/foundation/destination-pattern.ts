import { isIP } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import { canonicalHost } from './canonical-host.ts'
import { canonicalTarget } from './canonical-path.ts'
import type { Destination } from './destination.ts'
import { formatDestination, isSocketScheme, usualPort } from './destination.ts'
import { parseHostExpression, suggestHostExpression } from './host-expression.ts'
import { sharedSuffixReason } from './shared-suffix.ts'

/** Where a scope or a network rule lets traffic go: an exact host, `*.suffix` or `~regex`, on one scheme and port. */
export interface DestinationPattern {
  /** The pattern in its shortest form; reads back as the same pattern. */
  readonly text: string
  readonly kind: 'exact' | 'suffix' | 'regex'
  /** The one host of an exact pattern. */
  readonly exactHost: string | null
  readonly scheme: Destination['scheme']
  readonly port: number
  /** Without a slash at its end; empty when the pattern has no path. */
  readonly pathPrefix: string
  /** Whether a canonical host matches, on whatever scheme and port. */
  matchesHost(host: string): boolean
  /** Whether a request may go there. Without `path`, a canonical one, only scheme, host and port are compared. */
  matches(destination: Destination, path?: string): boolean
}

/** What the pattern stands for beside its text. */
export interface DestinationPatternOptions {
  /** Allows `http`: for destinations that are pinned or may be private, and for rules that no secret follows. */
  readonly clearText?: boolean
  /** Allows hosts below suffixes that other people have hosts on: for rules that no secret follows. */
  readonly sharedSuffix?: boolean
}

interface HostMatcher {
  readonly kind: DestinationPattern['kind']
  /** The host's part of the text. */
  readonly text: string
  readonly matches: (host: string) => boolean
}

const addressFault = [
  'an address is not a name',
  'Write the name that clients use, and pin the scope to the address.',
] as const
const maxTextLength = 2_048
/** Scheme, host (an expression may hold colons in groups, but ends in `$`), port, path. */
const form = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(~[^/]*\$|~[^/]*|\[[^\]/]*\]|[^/:]*)(?::([^/]*))?(\/.*)?$/s
const expressionMark = /[\\^$|()[\]{}+?*]/

/**
 * Reads `[scheme://]host[:port][/path]`. `https` on 443 unless written otherwise; another port only with the scheme.
 * @throws CoatcheckError `scope_invalid` with facts `to`, `reason` and `hint`
 */
export function parseDestinationPattern(text: string, options: DestinationPatternOptions = {}): DestinationPattern {
  const refuse: Refuse = (reason, hint) => {
    throw new CoatcheckError('scope_invalid', {
      to: quotable(text),
      reason: withoutKeys(reason),
      hint: withoutKeys(hint),
    })
  }
  if (text.length > maxTextLength) refuse(`it is longer than ${maxTextLength} characters`, 'Write a shorter one.')
  const [, schemeText, hostText = '', portText, pathText] = form.exec(text) ?? []
  const scheme = parseScheme(schemeText, options, refuse)
  if (`${hostText}${portText ?? ''}`.includes('@'))
    refuse('a destination has no user information', 'Write the host alone.')
  if (isIP(text) !== 0) refuse(...addressFault)
  const host = parseHost(hostText, options, refuse)
  const port = parsePort(portText, schemeText !== undefined, scheme, refuse)
  if (isSocketScheme(scheme) && (host.kind !== 'exact' || pathText !== undefined)) {
    refuse(`a destination of ${scheme} is an exact host and a port`, `Write ${scheme}://db.example.com.`)
  }
  const pathPrefix = parsePathPrefix(pathText, refuse)
  const origin = formatDestination({ scheme, host: host.text, port })
  return {
    text: (origin === `https://${host.text}` ? host.text : origin) + pathPrefix,
    kind: host.kind,
    exactHost: host.kind === 'exact' ? host.text : null,
    scheme,
    port,
    pathPrefix,
    matchesHost: host.matches,
    matches: (destination, path) =>
      destination.scheme === scheme &&
      destination.port === port &&
      host.matches(destination.host) &&
      (path === undefined || isUnder(path, pathPrefix)),
  }
}

type Refuse = (reason: string, hint: string) => never

function parseScheme(text: string | undefined, options: DestinationPatternOptions, refuse: Refuse) {
  const scheme = text?.toLowerCase() ?? 'https'
  // What is encrypted there, and how, is the connector's to say.
  if (scheme === 'https' || isSocketScheme(scheme)) return scheme
  if (scheme === 'smtps') return refuse('TLS is not said by the scheme', 'Write smtp://mail.example.com:465.')
  if (scheme !== 'http') return refuse(`the scheme ${scheme} is not known`, 'Write https:// or nothing.')
  // SECURITY: a secret crosses no public network in clear text.
  if (options.clearText !== true) {
    return refuse(
      'http sends the secret in clear text',
      'Use https, or pin the scope to an address, or allow private ones.',
    )
  }
  return scheme
}

function parsePort(text: string | undefined, schemeWritten: boolean, scheme: Destination['scheme'], refuse: Refuse) {
  const usual = usualPort(scheme)
  if (text === undefined) return usual
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) return refuse('the port is not valid', 'Write a port from 1 to 65535.')
  if (port !== usual && !schemeWritten) {
    return refuse(
      'a port other than 443 needs the scheme',
      `Write https:// before the host to mean TLS on port ${port}.`,
    )
  }
  return port
}

function parseHost(text: string, options: DestinationPatternOptions, refuse: Refuse): HostMatcher {
  if (text.startsWith('~')) {
    const expression = parseHostExpression(text.slice(1), options)
    if ('reason' in expression) return refuse(expression.reason, expression.hint)
    return { kind: 'regex', text, matches: expression.matches }
  }
  if (text.startsWith('*.')) return parseSuffix(text.slice(2), options, refuse)
  const host = canonicalHost(text)
  if (host === undefined) return refuseHost(text, refuse)
  return { kind: 'exact', text: host, matches: (other) => other === host }
}

function parseSuffix(text: string, options: DestinationPatternOptions, refuse: Refuse): HostMatcher {
  const suffix = canonicalHost(text)
  if (suffix === undefined) return refuseHost(text, refuse)
  const shared = options.sharedSuffix === true ? undefined : sharedSuffixReason(suffix)
  if (shared !== undefined) return refuse(shared, 'Write exact hosts.')
  const ending = `.${suffix}`
  // SECURITY: the dot is part of the comparison, so neither the suffix itself nor `x` + suffix matches.
  return {
    kind: 'suffix',
    text: `*.${suffix}`,
    matches: (host) => host.endsWith(ending) && host.length > ending.length,
  }
}

function refuseHost(text: string, refuse: Refuse): never {
  if (text === '') return refuse('the host is missing', 'Write a host, such as api.example.com.')
  if (/^\[[0-9a-f:.]*\]$|^[0-9a-fx.]*$/i.test(text)) return refuse(...addressFault)
  if (text.startsWith('*')) return refuse('`*` stands only for whole labels at the start', 'Write *.example.com.')
  if (expressionMark.test(text)) {
    return refuse('it looks like a regular expression', `If it is one, write ${suggestHostExpression(text)}`)
  }
  return refuse('the host is not a valid name', 'Write a host, such as api.example.com.')
}

function parsePathPrefix(text: string | undefined, refuse: Refuse): string {
  if (text === undefined) return ''
  if (/[?#]/.test(text)) return refuse('a destination has neither query nor fragment', 'Write the path alone.')
  const target = canonicalTarget(text)
  if ('refused' in target) return refuse(`the path can be read in two ways: ${target.refused}`, 'Write a plain path.')
  return target.path.replace(/\/$/, '')
}

/** SECURITY: a prefix ends where a segment ends; `/v1` covers neither `/v10` nor `/v1%2Fx`. */
function isUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}

/** Facts never repeat a password that stands before an `@`, nor a key in the wrong place, nor a whole page. */
function quotable(text: string): string {
  return withoutKeys(text.slice(0, 300).replace(/^[\s\S]*@/, '…@'))
}

/** SECURITY: a long run of mixed characters is more likely a key that was put in the wrong field than part of a name. */
function withoutKeys(text: string): string {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/]
  return text.replace(/[A-Za-z0-9_]{20,}/g, (run) => (kinds.filter((kind) => kind.test(run)).length > 1 ? '…' : run))
}
