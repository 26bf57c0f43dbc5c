import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSecretFolder, treatmentOf } from './secret-files.ts'

const secret = `
  .env .env.local .env.production a/b/.env .ENV prod.env deploy/stage.env.local .envrc .dev.vars
  secrets.yml config/credentials.json credentials.production.yaml .secrets .vault-token
  .npmrc packages/a/.npmrc .yarnrc .yarnrc.yml bunfig.toml .pypirc pip.conf .cargo/credentials.toml .cargo/config.toml
  auth.json .composer/auth.json .m2/settings.xml NuGet.Config gradle.properties .bundle/config
  .git-credentials .git/config .git/config.worktree .git/modules/x/config sub/.git/config bare.git/config .gitconfig
  .netrc _netrc .pgpass .my.cnf .htpasswd
  .aws/credentials .aws/config .s3cfg .boto rclone.conf .docker/config.json kubeconfig dev.kubeconfig config
  terraform.tfstate infra/x.tfstate.backup prod.tfvars prod.auto.tfvars.json .terraformrc
  application_default_credentials.json client_secret_1.json service-account.json my-app-firebase-adminsdk-x.json
  .claude.json .claude/.credentials.json .codex/auth.json .gemini/oauth_creds.json .config/gh/hosts.yml
  .config/github-copilot/apps.json .cache/huggingface/token .sentryclirc
  id_rsa .x/id_ed25519 id_ecdsa_sk server.pem server.key master.key AuthKey.p8 store.p12 app.jks debug.keystore x.ovpn
  .mcp.json .cursor/mcp.json .vscode/settings.json .claude/settings.local.json .codex/config.toml appsettings.json
  appsettings.Production.json config/database.yml docker-compose.yml compose.override.yaml secrets/prod.yaml
  deploy/app-secret.yaml .env.d/payments ci.token secrets/x.txt values.prod.yaml application-prod.yml
  .mongorc.js .env.js id_rsa.py .heroku/x.py
  tls.crt keys.txt .bash_history .zsh_history .python_history .psql_history .zhistory
`
const shown = `
  .env.example .env.sample .env.template .env.dist .env.local.example .env-example env.ts environment.ts
  secrets.ts credentials.example.json locales/en/auth.json package.json config.json config.yaml .eslintrc
  .git/HEAD .git/refs/heads/main .git/logs/refs/heads/main .git/index id_rsa.pub keys.ts monkey.txt
  src/hub readme.md Makefile tsconfig.json .gitignore .gitattributes .editorconfig
`

test('SEC-04: files that hold credentials by their name are treated, at any depth', () => {
  for (const path of secret.trim().split(/\s+/)) {
    assert.notEqual(treatmentOf(path), undefined, path)
    if (path !== 'auth.json') assert.notEqual(treatmentOf(`deep/er/${path}`), undefined, `deep/er/${path}`)
  }
})

test('files that are public by convention, and ordinary ones, are shown', () => {
  for (const path of shown.trim().split(/\s+/)) assert.equal(treatmentOf(path), undefined, path)
})

test('SEC-04: folders of nothing but secrets are hidden whole, their likes are not', () => {
  for (const path of ['.ssh', 'home/.ssh', '.gnupg', '.kube', '.aws/sso', '.config/gcloud', '.config/coatcheck']) {
    assert.ok(isSecretFolder(path), path)
  }
  for (const path of ['.aws', '.config', '.docker', '.claude', 'ssh', '.github', 'src/.sshd', 'gcloud']) {
    assert.ok(!isSecretFolder(path), path)
  }
})
