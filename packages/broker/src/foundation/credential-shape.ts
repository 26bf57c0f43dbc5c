/** Beginnings that services give to their credentials, and that no word has in it. */
const prefixes = [
  'whsec_',
  'gh[opur]_',
  'github_pat_',
  'gl(?:pat|dt|rt|ptt|cbt)-',
  'xox[a-z]-',
  'xapp-',
  '(?:AKIA|ASIA)(?=[0-9A-Z]{16})',
  'AIza',
  'ya29\\.',
  'pypi-',
  'dop_v1_',
  'shp(?:at|ca|pa|ss)_',
  'dckr_pat_',
  'lin_api_',
  'pplx-',
  'sntry[su]_',
  // Coatcheck’s own: a sandbox with its token, and a token of the management API.
  'sbx_[0-9a-z]{1,40}\\.',
  'cct_[0-9a-z]{1,40}\\.',
].join('|')

/** Those that words may end with: `more_`, `task-`, `highs_`, `rfc-`. */
const wordEnds = [
  '(?:sk|rk|pk)[-_]',
  'ghs_',
  'hf_',
  'npm_',
  'SG\\.',
  'ntn_',
  'secret_',
  're_',
  'fc-',
  'xai-',
  'gsk_',
].join('|')

/** No word goes on here; a letter before it may be that of an encoded sign, `%3A`, `%253A`, `\n` or `\u003a`. */
const wordStart = '(?:(?<![A-Za-z])|(?<=%(?:25){0,3}[0-9A-Fa-f]{2}|\\\\(?:[a-z]|u[0-9A-Fa-f]{4})))'

/** One of these, followed by at least eight token characters. */
const knownPrefix = new RegExp(`(?:${prefixes}|${wordStart}(?:${wordEnds}))[A-Za-z0-9_.-]{8,}`)

// SECURITY: an agent writes these texts, so every pattern is linear: a run is tried from its beginning only.
/** What stands before a dot in a JSON Web Token, where another part follows. */
const tokenPart = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{11,}(?=\.[A-Za-z0-9_-]{4})/g
/** The header of a JSON Web Token begins with `{"`. */
const tokenHeader = /eyJ[A-Za-z0-9_-]{8}/
/** Bot and webhook tokens that services take in the path: `bot123456:AAF…`. */
const botToken = /(?<!\d)\d{6,}(?::|%3A)[A-Za-z0-9_-]{20}/i
/** Login and password before a host, up to the colon, and behind it. */
const login = /[^:@/](?::|%3A)/i
const password = /[^@/](?:@|%40)/i
const tokenRun = /[A-Za-z0-9_~+=-]{24,}/g
/** 256 random bits in base64url, as tokens of Coatcheck and of many others have them. */
const randomKey = /^[A-Za-z0-9_-]{43}=?$/

/**
 * True for a path segment that is more likely a credential than a name. Hashes and UUIDs in hex are names: commits, digests
 * and most resource ids have that form.
 */
export function looksLikeCredential(segment: string): boolean {
  if (segment.length < 10) return false
  if (knownPrefix.test(segment) || botToken.test(segment) || hasUserInfo(segment)) return true
  if ((segment.match(tokenPart) ?? []).some((part) => tokenHeader.test(part))) return true
  return (segment.match(tokenRun) ?? []).some(isRandom)
}

function hasUserInfo(segment: string): boolean {
  const found = login.exec(segment)
  return found !== null && password.test(segment.slice(found.index + found[0].length))
}

/** Text that mixes both cases and digits throughout; words, dates and `camelCase` names do not. */
function isRandom(run: string): boolean {
  const parts = randomKey.test(run) ? [run] : run.split(/[-_]/)
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '')
  if (longest.length < 20) return false
  const digits = longest.match(/\d/g)?.length ?? 0
  const upper = longest.match(/[A-Z]/g)?.length ?? 0
  const lower = longest.match(/[a-z]/g)?.length ?? 0
  return digits >= 2 && upper >= 3 && lower >= 3
}
