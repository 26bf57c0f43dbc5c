import { providers } from '@coatcheck/catalog'

interface TokenForm {
  readonly name: string
  /** Anchored at the beginning, and linear. */
  readonly pattern: RegExp
}

/** Forms of tokens that say of themselves what they are. Each has a prefix that nothing else begins with. */
const wellKnown: readonly TokenForm[] = [
  { name: 'GitHub token', pattern: /^(?:gh[oprsu]|github_pat)_[\w.-]{20}/ },
  { name: 'GitLab token', pattern: /^gl(?:agent|cbt|dt|ft|imt|oas|pat|ptt|rt|rtr|soat)-[\w.-]{20}/ },
  { name: 'secret key', pattern: /^sk-(?=[A-Za-z_-]*\d)[\w-]{20}/ },
  { name: 'Stripe key', pattern: /^[prs]k_(?:live|prod|test)_\w{10}/ },
  { name: 'Slack token', pattern: /^(?:xox[a-z]|xapp|xoxe\.xox[bp])-[\w-]{10}/ },
  { name: 'AWS access key', pattern: /^A(?:KIA|SIA)[A-Z0-9]{16}/ },
  { name: 'Google key', pattern: /^(?:AIza[\w-]{35}|ya29\.[\w-]{20}|AQ\.[\w-]{40}|GOCSPX-[\w-]{20})/ },
  { name: 'JSON Web Token', pattern: /^eyJ[\w-]{8,}\.[\w-]{8,}\./ },
  { name: 'Hugging Face token', pattern: /^(?:hf|api_org)_[A-Za-z0-9]{30}/ },
  { name: 'npm token', pattern: /^npm_[A-Za-z0-9]{30}/ },
  { name: 'PyPI token', pattern: /^pypi-AgE[\w-]{40}/ },
  { name: 'Docker token', pattern: /^dckr_[op]at_[\w-]{20}/ },
  { name: 'SendGrid key', pattern: /^SG\.[\w-]{16,}\.[\w-]{16}/ },
  { name: 'model provider key', pattern: /^(?:gsk_|xai-|pplx-|nvapi-|tgp_v1_|r8_|csk-|tvly-|jina_)[\w-]{20}/ },
  {
    name: 'platform token',
    pattern: /^(?:dop_v1_|doo_v1_|sbp_|sb_secret_|napi_|rnd_|nfp_|HRKU-|vc[aikpr]_|cf(?:at|k|ut)_)[\w-]{20}/,
  },
  { name: 'workspace token', pattern: /^(?:ntn_|lin_api_|lin_oauth_|fig[dp]_|shp(?:at|ca|pa|ss)_|AT[AC]TT3)[\w-]{20}/ },
  { name: 'integration secret', pattern: /^secret_[A-Za-z0-9]{40}/ },
  { name: 'monitoring token', pattern: /^(?:sntry[su]_|glsa_|glc_|NRAK-|ph[cx]_|lsv2_[ps][kt]_)[\w-]{20}/ },
]

/** Forms of the catalog's keys; those without a public prefix could be any word. */
const catalogued: readonly TokenForm[] = providers.flatMap(({ name, keyShapes }) =>
  keyShapes.filter(({ prefix }) => prefix !== '').map(({ label, pattern }) => ({ name: `${name} ${label}`, pattern })),
)

const forms = [...catalogued, ...wellKnown]

/** Whether a run has one of these forms: one look where there is none, in place of as many as there are forms. */
const anyForm = new RegExp(forms.map(({ pattern }) => pattern.source).join('|'))

/** The characters that tokens are made of. */
const tokenRun = /[\w.-]{16,}/g

/** The name of the first well-known form of which the text holds a token. Linear in the text. */
export function tokenFormIn(text: string): string | undefined {
  for (const [run] of text.matchAll(tokenRun)) {
    if (anyForm.test(run)) return forms.find(({ pattern }) => pattern.test(run))?.name
  }
  return undefined
}
