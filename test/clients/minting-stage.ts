import { generateKeyPairSync } from 'node:crypto'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { type Canary, canaryOf, makeCanary } from '../fixtures/canary.ts'
import {
  gitHubApi,
  googleCredentials,
  googleModels,
  googleTokens,
  type MintingService,
  s3,
  startMintingService,
  sts,
} from '../fixtures/minting-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { narrowAccount, serveNarrowly } from './narrow-services.ts'
import type { ShellScene } from './sandbox-shell.ts'
import { startStageBroker } from './stage-broker.ts'

/** A broker with a secret of each kind that narrower credentials are made from, and the services that make and take them. */
export interface MintingStage extends ShellScene, AsyncDisposable {
  readonly client: CoatcheckClient
  readonly service: MintingService
  /** What must never be seen inside: parts of the stored values. */
  readonly canaries: readonly Canary[]
}

const services = {
  repository: { name: 'github', env: 'GITHUB_TOKEN' },
  storage: { name: 'receipts', env: 'AWS_SECRET_ACCESS_KEY', grant: 'AWS' },
  models: { name: 'models', env: 'MODELS_TOKEN' },
} as const

/** Starts the services and a broker of the caller, and stores the secrets. */
export async function setMintingStage(): Promise<MintingStage> {
  await using undo = new AsyncDisposableStack()
  const root = createTlsRoot()
  const [app, account] = [makeKeys(), makeKeys()]
  const secretAccessKey = makeCanary('').value.slice(0, 40)
  const pair = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey }
  const email = 'robot@a-project.iam.gserviceaccount.com'
  const service = undo.use(
    await startMintingService({
      root,
      app: { id: 'Iv1.app', key: app.publicKey },
      pair,
      account: { email, key: account.publicKey },
      serve: serveNarrowly,
    }),
  )

  const { coatcheck, client, workspace } = await startStageBroker(root, undo)

  const pin = { address: '127.0.0.1', port: service.server.port }
  const store = (name: string, value: string, inject: InjectorSpec, hosts: readonly string[]) => {
    const scopes = hosts.map((to): Scope => ({ to, inject, pin, roots: root.certificate }))
    return client.secrets.create({ name, value, scopes })
  }
  await store(services.repository.name, app.pem, gitHubApp, [gitHubApi])
  await store(services.storage.name, JSON.stringify(pair), session, [s3, sts])
  const key = JSON.stringify({ type: 'service_account', private_key: account.pem, client_email: email })
  await store(services.models.name, key, impersonation, [googleModels, googleTokens, googleCredentials])

  const cleanUp = undo.move()
  return {
    client,
    service,
    services,
    coatcheck,
    workspace,
    user: undefined,
    canaries: [app.line, account.line, secretAccessKey].map(canaryOf),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

const gitHubApp: InjectorSpec = {
  kind: 'github-app',
  app: 'Iv1.app',
  installation: '4711',
  permissions: { contents: 'read', issues: 'write' },
  repositories: ['shop', 'window'],
}
const session: InjectorSpec = {
  kind: 'aws-session',
  region: 'eu-central-1',
  role: 'arn:aws:iam::123456789012:role/agents',
  services: ['s3'],
  policy:
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::receipts/*"}}',
}
const impersonation: InjectorSpec = {
  kind: 'gcp-service-account',
  oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
  impersonate: narrowAccount,
}

/** A pair of keys, as it is stored, with one line of it that is random. */
function makeKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { publicKey, pem, line: pem.split('\n')[3]! }
}
