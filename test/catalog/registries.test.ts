import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import { makeCanary } from '../fixtures/canary.ts'
import { startRegistryService } from '../fixtures/registry-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'

const root = createTlsRoot()
const scope = 'repository:acme/shop:pull'

/** A registry of the catalog, as its vendor says that it challenges clients. */
interface Listed {
  readonly provider: string
  readonly registry: string
  readonly realm: string
  readonly service: string
  readonly env: string
}

const registries: readonly Listed[] = [
  {
    provider: 'dockerhub',
    registry: 'registry-1.docker.io',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    env: 'DOCKERHUB_TOKEN',
  },
  {
    provider: 'gitlab',
    registry: 'registry.gitlab.com',
    realm: 'https://gitlab.com/jwt/auth',
    service: 'container_registry',
    env: 'GITLAB_TOKEN',
  },
]

for (const { provider, registry, realm, service: name, env } of registries) {
  const { host, pathname } = new URL(realm)
  const open = async () => {
    await using undo = new AsyncDisposableStack()
    const key = makeCanary()
    const service = undo.use(
      await startRegistryService({ ...{ root, registry, realm }, blobs: 'blobs.test', users: { ann: key.value } }),
    )
    const world: World = undo.use(await openWorld())
    const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
    const own = scopesOf(findProvider(provider)!)
    const { inject } = own.find(({ to }) => to === registry)!
    // The second one says how the token service is dialled here.
    const scopes = [...own, { to: host, inject }].map((each) => ({ ...each, ...reach }))
    await world.client.secrets.create({ name: 'key', value: key.value, provider, scopes })
    const inside: Inside = await world.createSandbox({ secrets: { [env]: 'key' } })
    const ask = (scopes: string, pair = `ann:${inside.placeholder(env)}`) =>
      inside.send({
        host,
        target: `${pathname}?account=ann&service=${name}&scope=${scopes}`,
        headers: [['Authorization', `Basic ${btoa(pair)}`]],
      })
    const cleanUp = undo.move()
    return { service, inside, ask, key, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() }
  }

  test(`AC-4.5, G7: an image of ${provider} is pulled with the secret, and its token is not seen inside`, async () => {
    await using stage = await open()
    const given = await stage.ask(scope)
    assert.equal(given.status, 200, given.text)
    const { token } = JSON.parse(given.text)
    const headers = [['Authorization', `Bearer ${token}`]] as const
    const pulled = await stage.inside.send({ host: registry, target: '/v2/acme/shop/manifests/1', headers })
    assert.equal(pulled.status, 200, pulled.text)
    const { service, key } = stage
    assert.deepEqual(
      service.asked.map((each) => [each.host, each.service, each.pair]),
      [[host, name, `ann:${key.value}`]],
    )
    assert.equal(service.called.at(-1)?.authorization, `Bearer ${service.given[0]}`)
    for (const secret of [key.value, ...service.given]) assert.ok(!(given.text + pulled.text).includes(secret))
  })

  test(`SEC-09: of ${provider} no token is asked for that does more than pulling`, async () => {
    await using stage = await open()
    for (const more of ['repository:acme/shop:pull,push', 'repository:acme/shop:*', 'registry:catalog:*'])
      assert.equal((await stage.ask(more)).code, 'token_scope_refused', more)
    assert.equal((await stage.ask(scope, 'ann:their-own-password')).status, 401)
    assert.deepEqual(stage.service.asked, [])
  })
}
