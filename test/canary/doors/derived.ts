import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { startTokenService, type TokenService } from '../../fixtures/token-service.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { bearer, type Registered, register } from '../registered.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const client = 'the-client'
const email = 'robot@a-project.iam.gserviceaccount.com'
const auth = 'auth.derived.test'
const oauthScopes = ['read']
const tokenUrl = `https://${auth}/oauth/token`

/** Kinds of derivation, each with the API that takes its tokens and the host that gives them. */
const kinds: Readonly<Record<string, { readonly api: string; readonly auth: string; readonly inject: InjectorSpec }>> =
  {
    client: {
      api: 'client.derived.test',
      auth,
      inject: { kind: 'oauth2', grant: 'client-credentials', tokenUrl, oauthScopes },
    },
    refresh: { api: 'refresh.derived.test', auth, inject: { kind: 'oauth2', grant: 'refresh-token', tokenUrl } },
    azure: {
      api: 'team.vault.azure.net',
      auth: 'login.microsoftonline.com',
      inject: { kind: 'azure', tenant: 'contoso.example', oauthScopes: ['https://vault.azure.net/.default'] },
    },
    google: {
      api: 'storage.googleapis.com',
      auth: 'oauth2.googleapis.com',
      inject: { kind: 'gcp-service-account', oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'] },
    },
  }
const names = Object.keys(kinds)
const env = (name: string): string => name.toUpperCase()

/** Secrets from which tokens are made, the tokens, and what a sandbox is told at the endpoints that the broker plays. */
export const derivedTokens: Door = {
  name: 'tokens that are made from a client secret, a refresh token and a key file, at services that repeat them',
  once: true,
  async walk(stage) {
    const { stored } = stage.values
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const line of privateKey.split('\n').slice(3, 6)) stage.learn(line)
    const values: Readonly<Record<string, object>> = {
      client: { client_id: client, client_secret: stored.value },
      refresh: { client_id: client, refresh_token: stored.value },
      azure: { client_id: client, client_secret: stored.value },
      google: { type: 'service_account', private_key: privateKey, client_email: email, private_key_id: 'real-id' },
    }
    await using service = await startTokenService({
      root: stage.services.root,
      clients: { [client]: stored.value },
      refreshToken: stored.value,
      issuers: { [email]: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    })
    for (const name of names)
      await stage.client.secrets.create({
        name,
        value: JSON.stringify(values[name]),
        scopes: scopesOf(stage, service, name),
      })
    const sandbox = await register(stage, { secrets: Object.fromEntries(names.map((name) => [env(name), name])) })
    let learned = 0
    for (const name of names) {
      const asking = { host: kinds[name]!.api, secret: name, target: '/v1/echo', headers: [bearer(sandbox, env(name))] }
      const answers = await sandbox.sendByEach(asking)
      for (const token of service.given.slice(learned)) stage.learn(token.slice(token.lastIndexOf('-') + 1))
      learned = service.given.length
      assert.deepEqual(
        answers.map(({ status }) => status),
        doorWays.map(() => 200),
        name,
      )
      await askEndpoint(stage, sandbox, name)
    }
    await fail(stage, service, sandbox, values)
    await stage.client.sandboxes.end(sandbox.sandbox.id)
    for (const name of names) {
      stage.hear(name, JSON.stringify(await stage.client.secrets.get(name)))
      await stage.client.secrets.delete(name)
    }
  },
}

function scopesOf({ services }: Stage, { port }: TokenService, name: string): readonly Scope[] {
  const { api, auth, inject } = kinds[name]!
  const reach = { pin: { address: '127.0.0.1', port }, roots: services.root.certificate }
  return [api, auth].map((to) => ({ to, inject, ...reach }))
}

/** A client inside that asks for tokens by itself, rightly and wrongly, and one that wants a key file. */
async function askEndpoint(stage: Stage, sandbox: Registered, name: string): Promise<void> {
  const placeholder = sandbox.sandbox.connect.env[env(name)]!
  const host = kinds[name]!.auth
  const ask = (form: Readonly<Record<string, string>>) =>
    sandbox.send(doorWays[0]!, {
      host,
      secret: name,
      method: 'POST',
      target:
        host === auth ? '/oauth/token' : host.startsWith('login') ? '/contoso.example/oauth2/v2.0/token' : '/token',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams(form).toString(),
    })
  for (const secret of [placeholder, stage.values.foreign.value]) {
    await ask({ grant_type: 'client_credentials', client_id: client, client_secret: secret })
    await ask({ grant_type: 'refresh_token', refresh_token: secret })
  }
  const { gatewayUrl } = sandbox.sandbox.connect
  const file = await fetch(`${gatewayUrl}/-/self/grants/${env(name)}/key-file`)
  stage.hear(`key file of ${name}`, await file.text())
}

/** An endpoint that repeats what it was asked, and one that gives nothing. */
async function fail(
  stage: Stage,
  service: TokenService,
  sandbox: Registered,
  values: Readonly<Record<string, object>>,
): Promise<void> {
  for (const status of [400, 200, 500]) {
    service.misbehave = (response) => {
      const asked = JSON.stringify(service.asked.at(-1))
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: asked, error_description: asked, token_type: asked }))
      return true
    }
    await stage.client.secrets.rotate('client', JSON.stringify({ ...values['client'], turn: status }))
    const headers = [bearer(sandbox, 'CLIENT')]
    const { code } = await sandbox.send(doorWays[0]!, {
      host: kinds['client']!.api,
      secret: 'client',
      target: '/',
      headers,
    })
    assert.equal(code, 'token_unavailable')
  }
  service.misbehave = undefined
}
