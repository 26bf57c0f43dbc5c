import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService, type TokenService } from '../fixtures/token-service.ts'
import { absoluteForm, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const api = 'api.service.test'
const auth = 'auth.service.test'
const tokenUrl = `https://${auth}/oauth/token`
const root = createTlsRoot()
const clientSecret = 'real-client-secret-0123456789'
const client = JSON.stringify({ client_id: 'the-client', client_secret: clientSecret })
const byClient: InjectorSpec = { kind: 'oauth2', grant: 'client-credentials', tokenUrl, oauthScopes: ['read', 'write'] }

interface Scene extends AsyncDisposable {
  readonly world: World
  readonly service: TokenService
  call(target?: string): Promise<Received>
}

interface SceneOptions {
  readonly inject?: InjectorSpec
  readonly value?: string
  readonly hosts?: readonly string[]
  readonly refreshToken?: string
  readonly issuers?: Readonly<Record<string, string>>
  readonly expiresIn?: number
}

/** A broker with one secret in one sandbox, and a service that gives out tokens and takes them. */
async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { inject = byClient, value = client, hosts = [api, auth], ...known } = options
  const service = await startTokenService({ root, clients: { 'the-client': clientSecret }, ...known })
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const scopes: Scope[] = hosts.map((to) => ({ to, inject, ...reach }))
  await world.client.secrets.create({ name: 'key', value, scopes })
  const sandbox = await world.client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
  const headers = [['Authorization', `Bearer ${sandbox.connect.env['KEY']}`]] as const
  return {
    world,
    service,
    call: (target = '/v1/things') => sendBy(absoluteForm, place, { host: api, secret: 'key', target, headers }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await service.close()
    },
  }
}

test('W4: client credentials become an access token, which is asked for once and used until its end', async () => {
  await using scene = await openScene()
  for (let turn = 0; turn < 3; turn += 1) {
    const { status, text } = await scene.call()
    assert.equal(status, 200, text)
  }
  const { service, world } = scene
  assert.deepEqual(service.asked, [
    {
      host: auth,
      path: '/oauth/token',
      form: {
        grant_type: 'client_credentials',
        scope: 'read write',
        client_id: 'the-client',
        client_secret: clientSecret,
      },
      authorization: undefined,
    },
  ])
  const events = await world.events()
  const kinds = events.map(({ event }) => event.kind).filter((kind) => kind.startsWith('derivation.'))
  assert.deepEqual(kinds, ['derivation.intended', 'derivation.completed'])
  const told = JSON.stringify(events)
  for (const text of [clientSecret, ...service.given]) assert.ok(!told.includes(text))
})
