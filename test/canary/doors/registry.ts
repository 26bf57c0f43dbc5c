import assert from 'node:assert/strict'
import type { Scope } from '@coatcheck/contract'
import { startRegistryService } from '../../fixtures/registry-service.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { register } from '../registered.ts'
import type { Door } from './door.ts'

const registry = 'images.registry.test'
const auth = 'auth.registry.test'
const ways = doorWays.filter(({ name }) => ['CONNECT', 'SOCKS5', 'absolute-form'].includes(name))

/** The password of a registry and the tokens that are given for it, at services that repeat both. */
export const registryTokens: Door = {
  name: 'a password that a token service gives tokens for, at services that repeat what they are shown',
  once: true,
  async walk(stage) {
    const { root } = stage.services
    const { stored, foreign } = stage.values
    await using service = await startRegistryService({
      ...{ root, registry, blobs: 'blobs.registry.test', realm: `https://${auth}/token` },
      users: { ann: stored.value },
    })
    const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
    const inject = { kind: 'registry', tokenUrl: `https://${auth}/token` }
    const scopes = [registry, auth].map((to): Scope => ({ to, inject, ...reach }))
    await stage.client.secrets.create({ name: 'images', value: stored.value, scopes })
    const sandbox = await register(stage, { secrets: { IMAGES: 'images' } })
    const placeholder = sandbox.sandbox.connect.env['IMAGES']!
    const target = `/token?service=${registry}&scope=repository:acme/shop:pull&offline_token=true`
    let learned = 0
    for (const way of ways) {
      const ask = (password: string, at = target) => {
        const headers = [['Authorization', `Basic ${btoa(`ann:${password}`)}`]] as const
        return sandbox.send(way, { host: auth, secret: 'images', target: at, headers })
      }
      const given = await ask(placeholder)
      assert.equal(given.status, 200, given.text)
      for (const token of service.given.slice(learned)) stage.learn(token.slice(token.lastIndexOf('-') + 1))
      learned = service.given.length
      const headers = [['Authorization', `Bearer ${JSON.parse(given.text).token}`]] as const
      const call = { host: registry, secret: 'images', target: '/v2/acme/shop/manifests/1', headers }
      assert.equal((await sandbox.send(way, call)).status, 200)
      service.misbehave = (request, response) => {
        const said = JSON.stringify(request.rawHeaders)
        response.writeHead(403, { 'content-type': 'application/json', 'x-said': said }).end(said)
        return true
      }
      await sandbox.send(way, call)
      assert.equal(
        (await ask(placeholder, `${target}&scope=repository:acme/${way.name}:pull`)).code,
        'token_unavailable',
      )
      service.misbehave = undefined
      for (const password of [foreign.value, stored.value, '']) await ask(password)
    }
    await stage.client.sandboxes.end(sandbox.sandbox.id)
    stage.hear('images', JSON.stringify(await stage.client.secrets.get('images')))
    await stage.client.secrets.delete('images')
  },
}
