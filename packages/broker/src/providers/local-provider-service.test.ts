import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, matchShape, scopesOf } from '@coatcheck/catalog'
import type { ProviderCreate } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import { MemoryProviderStore } from '../storage/memory/provider-store.ts'
import { LocalProviderService } from './local-provider-service.ts'

const project = 'default'
const acme: ProviderCreate = {
  id: 'acme',
  variables: ['ACME_API_KEY'],
  hosts: [{ host: 'api.acme.example', injectors: [{ kind: 'header', name: 'X-Api-Key' }] }],
  keyPrefixes: ['acme_live_'],
}
const makeService = () => new LocalProviderService({ store: new MemoryProviderStore(), clock: systemClock })

test('V3, S5: an own provider is found by its id and its variable, like one of the catalog', () => {
  const service = makeService()
  service.create(project, acme)
  const provider = service.find(project, 'acme')!
  assert.equal(service.forVariable(project, 'ACME_API_KEY')?.id, 'acme')
  assert.deepEqual(scopesOf(provider), [{ to: 'api.acme.example', inject: { kind: 'header', name: 'X-Api-Key' } }])
  assert.equal(matchShape(provider, 'acme_live_0123456789')?.placeholder.lead, 'acme_live_coatcheck_')
  assert.equal(matchShape(provider, 'other_0123456789'), undefined)
  assert.equal(service.get(project, 'acme').origin, 'own')
  assert.equal(service.get(project, 'openai').origin, 'built-in')
})

test('another project knows neither the id nor the variable', () => {
  const service = makeService()
  service.create(project, acme)
  assert.equal(service.find('other', 'acme'), undefined)
  assert.equal(service.forVariable('other', 'ACME_API_KEY'), undefined)
  assert.throws(() => service.get('other', 'acme'), { code: 'provider_not_found' })
  service.create('other', acme)
})

test('an own provider takes neither the id nor a variable of the catalog', () => {
  const service = makeService()
  for (const save of [service.create.bind(service), service.apply.bind(service)]) {
    assert.throws(() => save(project, { ...acme, id: 'openai' }), { code: 'provider_built_in' })
    assert.throws(() => save(project, { ...acme, variables: ['ACME_API_KEY', 'OPENAI_API_KEY'] }), {
      code: 'variable_taken',
    })
  }
  assert.equal(service.find(project, 'acme'), undefined)
})

test('SEC-02: a row that came to the id or the variable of a built-in provider moves none of its keys', () => {
  const store = new MemoryProviderStore()
  const service = new LocalProviderService({ store, clock: systemClock })
  const definition = { ...acme, id: 'openai', variables: ['OPENAI_API_KEY', 'STRIPE_API_KEY'] }
  store.create({ project, definition, createdAt: '2026-11-22T10:00:00.000Z' })
  assert.equal(service.find(project, 'openai'), findProvider('openai'))
  assert.equal(service.forVariable(project, 'OPENAI_API_KEY')?.id, 'openai')
  assert.equal(service.forVariable(project, 'STRIPE_API_KEY')?.id, 'stripe')
  const listed = service.list(project, 1000, null).filter(({ provider }) => provider.id === 'openai')
  assert.deepEqual(
    listed.map(({ origin }) => origin),
    ['built-in'],
  )
})

test('a variable means one provider, also among those of one’s own', () => {
  const service = makeService()
  service.create(project, acme)
  assert.throws(() => service.create(project, { ...acme, id: 'acme-two' }), { code: 'variable_taken' })
  assert.throws(() => service.create(project, acme), { code: 'provider_exists' })
  service.apply(project, { ...acme, name: 'Acme' })
  assert.equal(service.get(project, 'acme').provider.name, 'Acme')
})

test('what was saved is undone, whether it was new or replaced another', () => {
  const service = makeService()
  service.create(project, acme).undo()
  assert.equal(service.find(project, 'acme'), undefined)
  service.create(project, acme)
  service.apply(project, { ...acme, name: 'Later' }).undo()
  assert.equal(service.get(project, 'acme').provider.name, 'acme')
})

test('only own providers are deleted', () => {
  const service = makeService()
  service.create(project, acme)
  assert.throws(() => service.delete(project, 'openai'), { code: 'provider_built_in' })
  assert.throws(() => service.delete(project, 'none'), { code: 'provider_not_found' })
  service.delete(project, 'acme')
  assert.throws(() => service.delete(project, 'acme'), { code: 'provider_not_found' })
})

test('the list is in the order of ids, page by page, and complete', () => {
  const service = makeService()
  service.create(project, acme)
  const ids: string[] = []
  for (let page = 0; page < 100; page += 1) {
    const found = service.list(project, 7, ids.at(-1) ?? null)
    ids.push(...found.map(({ provider }) => provider.id))
    if (found.length < 7) break
  }
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ['acme', 'anthropic', 'zendesk']) assert.ok(ids.includes(id))
})

test('there is a limit to own providers, which replacing one does not reach', () => {
  const service = makeService()
  for (let index = 0; index < 200; index += 1) service.create(project, { id: `own-${index}`, hosts: acme.hosts })
  assert.throws(() => service.create(project, acme), { code: 'provider_limit' })
  service.apply(project, { id: 'own-7', hosts: acme.hosts })
})
