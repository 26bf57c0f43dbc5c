import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Canary, makeCanary } from '../fixtures/canary.ts'

/** A key in a file of a project. */
export interface PlantedKey {
  readonly path: string
  readonly key: Canary
}

/** A working tree as developers have them: real-looking keys in many places, and a repository that is clean. */
export interface ProjectWithKeys {
  readonly root: string
  readonly keys: readonly PlantedKey[]
  /** A text in a file that holds no key. */
  readonly plainText: string
}

type Place = readonly [path: string, prefix: string, content: (key: string) => string]

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const places: readonly Place[] = [
  ['.env', 'sk_live_', (key) => `NODE_ENV=production\nSTRIPE_SECRET_KEY="${key}"\n`],
  ['.env.local', 'sk-proj-', (key) => `OPENAI_API_KEY=${key}\n`],
  ['.env.production', 'hunter-', (key) => `DATABASE_URL=postgres://app:${key}@db.internal/app\n`],
  ['services/api/.env', 'pw-', (key) => `SESSION_SECRET=${key}\n`],
  ['.npmrc', 'npm_', (key) => `registry=https://packages.example/\n//packages.example/:_authToken=${key}\n`],
  ['packages/web/.npmrc', '', (key) => `//npm.internal/:_password = ${key}\n`],
  ['.yarnrc.yml', '', (key) => `npmScopes:\n  team:\n    npmAuthToken: ${key}\n`],
  ['.netrc', '', (key) => `machine api.example.com\n  login me\n  password ${key}\n`],
  ['home/.netrc', '', (key) => `default login me password ${key}\n`],
  ['.pypirc', 'pypi-', (key) => `[pypi]\nusername = __token__\npassword = ${key}\n`],
  ['.git-credentials', 'ghp_', (key) => `https://me:${key}@github.com\n`],
  [
    '.aws/credentials',
    '',
    (key) => `[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = ${key}\n`,
  ],
  ['.kube/config', '', (key) => `kind: Config\nusers:\n- user:\n    token: ${key}\n`],
  ['deploy/kubeconfig', '', (key) => `kind: Config\nusers:\n- user:\n    token: ${key}\n`],
  [
    '.docker/config.json',
    '',
    (key) => json({ auths: { 'ghcr.io': { auth: Buffer.from(`me:${key}`).toString('base64') } } }),
  ],
  ['.ssh/id_ed25519', '', (key) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${key}\n-----END OPENSSH PRIVATE KEY-----\n`],
  ['certs/server.key', '', (key) => `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`],
  ['certs/bundle.pem', '', (key) => `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----\n`],
  ['infra/terraform.tfstate', '', (key) => json({ resources: [{ instances: [{ attributes: { password: key } }] }] })],
  ['infra/terraform.tfstate.backup', '', (key) => json({ outputs: { token: { value: key } } })],
  ['infra/.terraform/terraform.tfstate', '', (key) => json({ backend: { config: { secret_key: key } } })],
  ['infra/terraform.tfstate.d/staging/terraform.tfstate', '', (key) => json({ outputs: { a: { value: key } } })],
  ['infra/prod.tfvars', '', (key) => `db_password = "${key}"\n`],
  ['.claude/.credentials.json', 'sk-ant-', (key) => json({ claudeAiOauth: { accessToken: key } })],
  ['.codex/auth.json', 'sk-proj-', (key) => json({ OPENAI_API_KEY: key })],
  ['service-account.json', '', (key) => json({ type: 'service_account', private_key: key })],
  ['.bash_history', '', (key) => `export TOKEN=${key}\n`],
  ['.envrc', 'sk_live_', (key) => `export STRIPE_SECRET_KEY=${key}\n`],
  ['pip.conf', '', (key) => `[global]\nindex-url = https://me:${key}@pypi.internal/simple\n`],
  ['.config/gh/hosts.yml', 'gho_', (key) => `github.com:\n    oauth_token: ${key}\n`],
  ['.gemini/oauth_creds.json', 'ya29.', (key) => json({ access_token: key })],
  ['config/master.key', '', (key) => key],
  ['.streamlit/secrets.toml', '', (key) => `token = "${key}"\n`],
  ['.git/worktrees/w/config.worktree', 'ghp_', (key) => `[remote "o"]\n\turl = https://me:${key}@git.example/x\n`],
  ['.pgpass', '', (key) => `db.internal:5432:*:app:${key}\n`],
  ['.mcp.json', '', (key) => json({ mcpServers: { search: { command: 'npx', env: { SEARCH_API_KEY: key } } } })],
  [
    '.cursor/mcp.json',
    '',
    (key) => json({ mcpServers: { a: { url: 'https://mcp.example', headers: { 'X-Team': key } } } }),
  ],
  ['.vscode/mcp.json', '', (key) => `{\n  // ours\n  "servers": { "a": { "args": ["--api-key", "${key}"], }, },\n}\n`],
  ['.vscode/settings.json', '', (key) => json({ 'sonar.connectedMode.token': key, 'editor.tabSize': 2 })],
  ['.claude/settings.local.json', '', (key) => json({ env: { ANTHROPIC_AUTH_TOKEN: key } })],
  ['.gemini/settings.json', '', (key) => json({ mcpServers: { a: { httpUrl: `https://mcp.example/?key=${key}` } } })],
  ['.codex/config.toml', '', (key) => `[mcp_servers.a.env]\nA_TOKEN = "${key}"\n`],
  ['appsettings.Production.json', '', (key) => json({ ConnectionStrings: { Main: `Server=db;Password=${key}` } })],
  ['config/database.yml', '', (key) => `production:\n  host: db.internal\n  password: ${key}\n`],
  ['docker-compose.yml', '', (key) => `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${key}\n`],
  ['compose.override.yaml', '', (key) => `services:\n  db:\n    environment: {POSTGRES_PASSWORD: ${key}}\n`],
  ['secrets/prod.yaml', '', (key) => `database:\n  anything: ${key}\n`],
  ['deploy/app-secret.yaml', '', (key) => `kind: Secret\nstringData:\n  anything: |\n    ${key}\n`],
  ['broken/.mcp.json', '', (key) => `{ "mcpServers": { "a": { "env": { "KEY": "${key}" } }\n`],
  ['.env.d/payments', '', (key) => `PAYMENTS=${key}\n`],
  ['deploy/ci.token', '', (key) => key],
  ['.my.cnf', '', (key) => `[client]\npassword=${key}\n`],
  ['infra/terraform.tfvars', '', (key) => `db_password = "${key}"\n`],
  ['.vault-token', 'hvs.', (key) => key],
  ['certs/client.p12', '', (key) => key],
  ['id_rsa', '', (key) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${key}\n`],
]

/** What `git config` writes into a repository: user information in an address, an extra header, a credential section. */
const gitSettings: readonly (readonly [name: string, prefix: string, content: (key: string) => string])[] = [
  ['remote.origin.url', 'ghp_', (key) => `https://me:${key}@git.example/team/project.git`],
  ['remote.origin.pushurl', 'glpat-', (key) => `https://oauth2:${key}@git.example/team/project.git`],
  [
    'http.https://git.example/.extraheader',
    '',
    (key) => `AUTHORIZATION: basic ${Buffer.from(`x:${key}`).toString('base64')}`,
  ],
  ['credential.https://git.example.password', '', (key) => key],
  ['credential.helper', '', (key) => `!f() { echo password=${key}; }; f`],
  ['url.https://me:token@git.example/.insteadOf', '', (key) => `https://short/${key}`],
]

const identity = ['-c', 'user.name=Fixture', '-c', 'user.email=fixture@example.com', '-c', 'protocol.file.allow=always']

/** An entry of a reflog, as `git pull ADDRESS` leaves it. */
function logOfPull(key: string): string {
  const none = '0'.repeat(40)
  const action = `pull https://me:${key}@git.example/team/project.git main: Fast-forward`
  return `${none} ${none} Fixture <fixture@example.com> 1700000000 +0000\t${action}\n`
}

/** Runs git without any configuration of the machine. */
export function git(folder: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', HOME: folder }
  return execFileSync('git', [...identity, '-c', 'safe.directory=*', ...args], { cwd: folder, env, encoding: 'utf8' })
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content, { mode: 0o644 })
}

/** Makes the project in `root`, owned by `uid`. Modes are wide, so that only the masks can keep a key from being read. */
export function makeProjectWithKeys(root: string, uid: number): ProjectWithKeys {
  const plainText = 'Nothing to hide in here.'
  const keys: PlantedKey[] = []
  const plant = (path: string, prefix: string) => {
    const key = makeCanary(prefix)
    keys.push({ path, key })
    return key.value
  }

  const library = join(root, 'library-origin')
  mkdirSync(library, { recursive: true })
  git(library, 'init', '--quiet', '--initial-branch=main')
  git(library, 'commit', '--quiet', '--allow-empty', '--message', 'First')

  const project = join(root, 'project')
  mkdirSync(project)
  git(project, 'init', '--quiet', '--initial-branch=main')
  write(project, 'README.md', `${plainText}\n`)
  write(project, 'src/index.js', 'console.log(1)\n')
  write(project, '.gitignore', `/nested\n${places.map(([path]) => `/${path}`).join('\n')}\n`)
  git(project, 'submodule', '--quiet', 'add', library, 'vendor/library')
  git(project, 'add', '--all')
  git(project, 'commit', '--quiet', '--message', 'First')

  git(project, 'init', '--quiet', '--initial-branch=main', '--template=', 'nested/repository')
  for (const [path, prefix, content] of places) write(project, path, content(plant(path, prefix)))
  for (const [folder, path] of [
    [project, '.git/config'],
    [join(project, 'vendor/library'), '.git/modules/vendor/library/config'],
    [join(project, 'nested/repository'), 'nested/repository/.git/config'],
  ] as const) {
    for (const [name, prefix, content] of gitSettings)
      git(folder, 'config', name, content(plant(`${path}: ${name}`, prefix)))
  }
  for (const path of ['.git/logs/refs/heads/pulled', '.git/modules/vendor/library/logs/refs/heads/pulled']) {
    write(project, path, logOfPull(plant(path, 'ghp_')))
  }
  give(root, uid)
  return { root: project, keys, plainText }
}

function give(folder: string, uid: number): void {
  if (process.getuid?.() !== 0) return
  chownSync(folder, uid, uid)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chownSync(join(entry.parentPath, entry.name), uid, uid)
  }
}
