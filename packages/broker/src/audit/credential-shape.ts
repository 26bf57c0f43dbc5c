/** Beginnings that services give to their credentials, followed by at least eight token characters. */
const knownPrefix = new RegExp(
  `(?:${[
    '(?:sk|rk|pk)[-_]',
    'whsec_',
    'gh[opusr]_',
    'github_pat_',
    'gl(?:pat|dt|rt|ptt|cbt)-',
    'xox[a-z]-',
    'xapp-',
    '(?:AKIA|ASIA)(?=[0-9A-Z]{16})',
    'AIza',
    'ya29\\.',
    'hf_',
    'npm_',
    'pypi-',
    'SG\\.',
    'dop_v1_',
    'shp(?:at|ca|pa|ss)_',
    'dckr_pat_',
    'lin_api_',
    'ntn_',
    'secret_',
    're_',
    'fc-',
    'pplx-',
    'xai-',
    'gsk_',
    'sntry[su]_',
  ].join('|')})[A-Za-z0-9_.-]{8,}`,
)

/** JSON Web Token: a header that begins with `{"`, and at least one more part. */
const jsonWebToken = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}/
/** Bot and webhook tokens that services take in the path: `bot123456:AAF…`. */
const botToken = /\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}/i
/** Login and password before a host. */
const userInfo = /[^:@/]+(?::|%3A)[^@/]+(?:@|%40)/i
const tokenRun = /[A-Za-z0-9_~+=-]{24,}/g

/**
 * True for a path segment that is more likely a credential than a name. Hashes and UUIDs in hex are names: commits, digests
 * and most resource ids have that form.
 */
export function looksLikeCredential(segment: string): boolean {
  if (segment.length < 10) return false
  if (knownPrefix.test(segment) || jsonWebToken.test(segment)) return true
  if (botToken.test(segment) || userInfo.test(segment)) return true
  return (segment.match(tokenRun) ?? []).some(isRandom)
}

/** Text that mixes both cases and digits throughout; words, dates and `camelCase` names do not. */
function isRandom(run: string): boolean {
  const longest = run.split(/[-_]/).reduce((best, part) => (part.length > best.length ? part : best), '')
  if (longest.length < 20) return false
  const digits = longest.match(/\d/g)?.length ?? 0
  const upper = longest.match(/[A-Z]/g)?.length ?? 0
  const lower = longest.match(/[a-z]/g)?.length ?? 0
  return digits >= 2 && upper >= 3 && lower >= 3
}
