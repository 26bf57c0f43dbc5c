/**
 * How the content of a secret file is replaced.
 * - `blank`: by nothing; `json`, `xml`: by an empty document
 * - `lines`: only the lines that hold a credential go
 * - `git-config`: only what cannot hold a credential stays
 * - `key`: blank unless it is seen to be public; `certificate`: blank when it holds a private key
 * - `settings`: a file of a common name; treated by what it holds
 * - `json-settings`, `yaml-settings`: only the values that are or may be credentials go
 */
export type Treatment =
  | 'blank'
  | 'json'
  | 'xml'
  | 'lines'
  | 'git-config'
  | 'key'
  | 'certificate'
  | 'settings'
  | 'json-settings'
  | 'yaml-settings'

/** Matched against the path in the mount, with a `/` in front. */
type Rule = readonly [pattern: RegExp, treatment: Treatment]

/** Names that are public by convention, although they look like a secret file. */
const published = /[._-](?:example|sample|template|dist)(?:\.[a-z]+)?$/i
/** Treatments that look at the content, and so need no convention. */
const byContent: readonly Treatment[] = [
  'key',
  'certificate',
  'git-config',
  'settings',
  'lines',
  'json-settings',
  'yaml-settings',
]

const rules: readonly Rule[] = [
  // Environment files
  [/\/\.env(?:[.~_-][^/]*)?$/i, 'blank'],
  [/\/[^/]+\.env(?:\.local|\.enc)?$/i, 'blank'],
  [/\/\.envrc(?:\.[^/]*)?$/, 'lines'],
  [/\/\.dev\.vars(?:\.[^/]*)?$/, 'blank'],
  [/\/\.(?:flaskenv|secrets?|secret_key|vault-token|vault_pass|vault-password)(?:\.[^/]*)?$/i, 'blank'],
  [/\/(?:secrets?|credentials?)(?:\.[^/.]+)?\.(?:env|txt|ini|toml|cfg|conf|properties)$/i, 'blank'],
  [/\/(?:secrets?|credentials?)(?:[._-][^/.]+)?\.(?:ya?ml)$/i, 'blank'],
  [/\/(?:secrets?|credentials?)(?:[._-][^/.]+)?\.json$/i, 'json'],
  [/\/\.env\.d\/[^/]+$/, 'blank'],
  [/\/[^/]+\.token$/i, 'blank'],
  [/\/(?:\.?secrets?|credentials)\/(?:[^/]+\/)*[^/]+\.json$/i, 'json'],
  [/\/(?:\.?secrets?|credentials)\/(?:[^/]+\/)*[^/]+\.(?:env|txt|ini|toml|cfg|conf|properties|ya?ml)$/i, 'blank'],
  [/\/[^/]*secrets?[^/]*\.ya?ml$/i, 'yaml-settings'],
  // Settings that may hold credentials among the rest
  [
    /\/(?:\.?mcp(?:[._-][^/]*)?|\.?claude_desktop_config|\.?opencode|local\.settings|launchSettings|appsettings(?:\.[^/]+)?)\.jsonc?$/i,
    'json-settings',
  ],
  [
    /\/\.(?:cursor|claude|gemini|qwen|zed|continue|roo|kilocode|windsurf|amazonq|vscode)\/(?:[^/]+\/)?[^/]+\.jsonc?$/,
    'json-settings',
  ],
  [/\/\.codex\/[^/]+\.toml$/, 'lines'],
  [
    /\/(?:docker-)?compose(?:[._-][^/]*)?\.ya?ml$|\/config\/(?:database|cable|storage|mongoid|redis)\.ya?ml$|\/application(?:-[^/]+)?\.ya?ml$/i,
    'yaml-settings',
  ],
  [/\/(?:values(?:[._-][^/]*)?|\.aider\.conf|\.?goose\/config|\.continue\/[^/]+)\.ya?ml$/i, 'yaml-settings'],
  [/\/(?:application(?:-[^/]+)?|database|local)\.properties$/i, 'lines'],
  // Package managers
  [/\/\.?npmrc$/, 'lines'],
  [/\/\.yarnrc(?:\.ya?ml)?$/, 'lines'],
  [/\/\.?bunfig\.toml$/, 'lines'],
  [/\/(?:\.pip\/|pip\/)?pip\.(?:conf|ini)$/, 'lines'],
  [/\/\.cargo\/config(?:\.toml)?$/, 'lines'],
  [/\/gradle\.properties$/, 'lines'],
  [/\/(?:\.bundle\/config|\.condarc|poetry\.toml|\.bowerrc|\.wgetrc|\.curlrc)$/, 'lines'],
  [/\/(?:\.pypirc|\.cargo\/credentials(?:\.toml)?|\.gem\/credentials|\.hex\/hex\.config)$/, 'blank'],
  [/\/(?:pypoetry|\.pypoetry)\/auth\.toml$/, 'blank'],
  [/\/\.composer\/auth\.json$/, 'json'],
  [/^\/auth\.json$/, 'json'],
  [/\/\.m2\/settings(?:-security)?\.xml$/, 'xml'],
  [/\/nuget\.config$/i, 'xml'],
  // Version control
  [/\/\.git-credentials$/, 'blank'],
  [/\.git\/(?!(?:.*\/)?(?:refs|logs)\/)(?:.*\/)?config(?:\.worktree)?$/, 'git-config'],
  [/\/(?:\.gitconfig|\.config\/git\/config)$/, 'git-config'],
  [/\/\.config\/git\/credentials$/, 'blank'],
  [/\/\.hgrc$|\/\.hg\/hgrc$/, 'lines'],
  // Networks and databases
  [/\/[._]netrc(?:\.gpg)?$/, 'blank'],
  [
    /\/(?:\.pgpass|pgpass\.conf|\.my\.cnf|\.mylogin\.cnf|\.htpasswd|\.pg_service\.conf|\.mongorc\.js|\.dbshell)$/,
    'blank',
  ],
  // Clouds and clusters
  [/\/\.aws\/(?:credentials|config)(?:\.[^/]*)?$/, 'blank'],
  [/\/(?:\.boto|\.s3cfg|\.passwd-s3fs|\.oci\/config|\.databrickscfg|\.snowsql\/config|\.dockercfg)$/, 'blank'],
  [/\/rclone\.conf$/, 'blank'],
  [/\/\.docker\/config\.json$/, 'json'],
  [/\/containers\/auth\.json$/, 'json'],
  [/\/(?:kubeconfig|[^/]+\.kubeconfig|kubeconfig\.ya?ml|admin\.conf)$/i, 'blank'],
  [/\/[^/]*\.tfstate(?:\.[^/]*)?$/i, 'json'],
  [/\/[^/]*\.tfvars$/i, 'blank'],
  [/\/[^/]*\.tfvars\.json$/i, 'json'],
  [/\/(?:\.terraformrc|terraform\.rc|credentials\.tfrc\.json)$/, 'blank'],
  [
    /\/(?:application_default_credentials|client_secrets?[^/]*|service[-_]?account[^/]*|[^/]*adminsdk[^/]*)\.json$/i,
    'json',
  ],
  [/\/\.(?:netlify\/config|vercel\/auth|firebase\/[^/]+|config\/configstore\/[^/]+)\.json$/, 'json'],
  [/\/(?:flyctl|\.fly)\/config\.yml$|\/\.(?:heroku|railway)\/[^/]+$/, 'blank'],
  // Logins of tools
  [/\/\.claude\.json(?:\.[^/]*)?$/, 'json'],
  [/\/\.claude\/\.credentials\.json$/, 'json'],
  [/\/\.codex\/auth\.json$/, 'json'],
  [/\/\.(?:gemini|qwen)\/(?:oauth_creds|google_accounts)\.json$/, 'json'],
  [/\/\.(?:local\/share\/)?(?:opencode|amp|crush)\/(?:auth|secrets|crush)\.json$/, 'json'],
  [/\/gh\/hosts\.ya?ml$|\/\.config\/hub$|\/(?:glab-cli|tea)\/config\.yml$/, 'blank'],
  [/\/github-copilot\/(?:hosts|apps)\.json$/, 'json'],
  [/\/\.(?:huggingface|cache\/huggingface)\/(?:token|stored_tokens)$/, 'blank'],
  [/\/\.?(?:kaggle|wandb)\/(?:kaggle\.json|settings)$/, 'blank'],
  [/\/\.(?:sentryclirc|stripe\/config\.toml|config\/stripe\/config\.toml|slackcli)$/, 'blank'],
  [/\/ngrok\.yml$/, 'blank'],
  // Keys
  [/\/id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-][^/]*)?(?<!\.pub)$/, 'blank'],
  [/\/[^/]+\.(?:pem|key|p8)$/i, 'key'],
  [/\/(?:[^/]+\.(?:der|asc|gpg|crt|cert|cer)|keys\.txt)$/i, 'certificate'],
  [/\/[^/]+\.(?:p12|pfx|jks|keystore|bcfks|kdbx?|agekey|ovpn|pk8|pvk|ppk)$/i, 'blank'],
  // What was typed
  [
    /\/\.(?:bash|zsh|sh|python|psql|mysql|sqlite|node_repl|irb|php|rediscli|mongo|dbshell)_?(?:hist(?:ory|file)?)$/,
    'blank',
  ],
  [/\/\.(?:zhistory|lesshst|viminfo|wget-hsts)$/, 'blank'],
  [/\/config(?:\.worktree)?$/, 'settings'],
]

/** All rules at once: almost every file of a workspace matches none, and one search says so. */
const anyRule = new RegExp(rules.map(([{ source, flags }]) => (flags === 'i' ? `(?i:${source})` : source)).join('|'))

/** A plain name of source or documentation, which no rule takes for a secret where no folder around it is hidden. */
const ordinaryFile =
  /(?:^|\/)(?!id_)[A-Za-z_][\w-]*(?:\.cpython-\d+)?\.(?:py|pyc|pyi|js|mjs|cjs|ts|mts|cts|map|h|hpp|c|cc|cpp|rs|go|so|md|rst|html|css|svg|png|rb|java)$/

/** Folders of which nothing is shown. */
const secretFolders =
  /\/(?:\.ssh|\.gnupg|\.kube|\.azure|\.password-store|\.aws\/(?:sso|cli)|\.config\/(?:gcloud|op|doctl|sops|hcloud|google-chrome|chromium|BraveSoftware)|\.local\/share\/(?:keyrings|kwalletd|coatcheck)|\.config\/coatcheck|\.coatcheck|\.mozilla|\.thunderbird|Library\/Keychains)$/

/** How a file is treated, going by its path in the mount; nothing when it may be seen. */
export function treatmentOf(path: string): Treatment | undefined {
  const rooted = `/${path}`
  // Most files of an installation; asking all rules about each costs more than the rest of the search.
  if (!rooted.includes('/.') && ordinaryFile.test(path)) return undefined
  if (!anyRule.test(rooted)) return undefined
  const treatment = rules.find(([pattern]) => pattern.test(rooted))?.[1]
  const shown = treatment === undefined || (published.test(path) && !byContent.includes(treatment))
  return shown ? undefined : treatment
}

/** Whether a folder holds nothing but secrets. */
export function isSecretFolder(path: string): boolean {
  return secretFolders.test(`/${path}`)
}
