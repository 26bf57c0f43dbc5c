import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Canary, makeCanary } from '../../test/fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../../test/fixtures/coatcheck-command.ts'
import type { Credential } from '../../test/fixtures/credential.ts'
import { type GitOrigin, startGitOrigin } from '../../test/fixtures/git-origin.ts'
import { startOrigin } from '../../test/fixtures/origin.ts'
import { createTlsRoot } from '../../test/fixtures/tls-root.ts'
import type { VerifyingServer } from '../../test/fixtures/verifying-server.ts'

/** A secret of the demo: its name, where it goes, and the variable that holds its placeholder. */
export interface DemoSecret {
  readonly name: string
  readonly env: string
  readonly host: string
  readonly inject: 'bearer' | 'basic'
  /** Provider of the catalog, which knows what its keys look like. */
  readonly provider?: string
  readonly key: Canary
}

/** Everything that stands before the sandbox starts. */
export interface Scene extends AsyncDisposable {
  readonly coatcheck: CoatcheckCommand
  readonly home: string
  /** Empty folder that the sandbox gets as its working directory. */
  readonly workspace: string
  readonly secrets: readonly DemoSecret[]
  readonly origin: VerifyingServer
  readonly git: GitOrigin
}

function makeSecrets(): readonly DemoSecret[] {
  return [
    { name: 'demo', env: 'DEMO_TOKEN', host: 'api.demo.test', inject: 'bearer', key: makeCanary('demo_') },
    { name: 'git', env: 'GIT_TOKEN', host: 'git.demo.test', inject: 'basic', key: makeCanary('git_') },
    {
      name: 'openai',
      env: 'OPENAI_API_KEY',
      host: 'api.openai.com',
      inject: 'bearer',
      provider: 'openai',
      key: makeCanary('sk-proj-'),
    },
    {
      name: 'stripe',
      env: 'STRIPE_SECRET_KEY',
      host: 'api.stripe.com',
      inject: 'bearer',
      provider: 'stripe',
      key: makeCanary('sk_test_'),
    },
  ]
}

function credentialOf({ inject, key }: DemoSecret): Credential {
  return { scheme: inject, value: key.value }
}

/** Starts the services, makes a home, and stores the real keys in its vault. */
export async function setScene(): Promise<Scene> {
  await using undo = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-demo-'))
  undo.defer(() => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, 'home')
  const workspace = join(folder, 'workspace')
  mkdirSync(home, { mode: 0o700 })
  mkdirSync(workspace)

  const root = createTlsRoot()
  const roots = join(folder, 'roots.pem')
  writeFileSync(roots, root.certificate)
  const secrets = makeSecrets()
  const [gitSecret] = secrets.filter(({ inject }) => inject === 'basic')
  if (gitSecret === undefined) throw new Error('no secret for git')
  const hosts = Object.fromEntries(
    secrets.filter((secret) => secret !== gitSecret).map((secret) => [secret.host, [credentialOf(secret)]]),
  )
  const origin = undo.use(await startOrigin({ root, hosts }))
  const accepts = [credentialOf(gitSecret)]
  const git = undo.use(await startGitOrigin({ root, host: gitSecret.host, accepts, repository: 'team/project.git' }))

  const coatcheck = makeCoatcheckCommand(home)
  for (const secret of secrets) {
    const { port } = secret === gitSecret ? git : origin
    await store(coatcheck, secret, ['--pin', `127.0.0.1:${port}`, '--roots', roots])
  }
  const cleanUp = undo.move()
  return {
    coatcheck,
    home,
    workspace,
    secrets,
    origin,
    git,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

/** The value goes by standard input: an argument would show it to every process of the machine. */
async function store(coatcheck: CoatcheckCommand, secret: DemoSecret, options: readonly string[]): Promise<void> {
  const { name, host, inject, provider, key } = secret
  const known = provider === undefined ? [] : ['--provider', provider]
  const where = ['--to', `https://${host}`, '--inject', inject, ...options]
  const args = ['secret', 'create', name, ...known, ...where, '--value-stdin']
  const { code, stdout, stderr } = await coatcheck.run(args, { stdin: key.value })
  if (code !== 0) throw new Error(`coatcheck secret create ended with ${code}: ${stdout}${stderr}`)
}
