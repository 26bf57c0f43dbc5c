import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRegistryScene } from './registry-scene.ts'

const pull = 'repository:acme/shop:pull'
const push = 'repository:acme/shop:pull,push'

interface Demand {
  readonly what: string
  readonly inject?: Readonly<Record<string, string | readonly string[]>>
  readonly scopes: readonly string[]
  /** What the service is asked for; nothing where it is refused. */
  readonly asked?: readonly string[]
}

const team = { repositories: ['acme/*'] }
const demands: readonly Demand[] = [
  { what: 'pulling', scopes: [pull], asked: [pull] },
  { what: 'pushing', scopes: [push] },
  { what: 'pushing alone', scopes: ['repository:acme/shop:push'] },
  { what: 'deleting', scopes: ['repository:acme/shop:delete'] },
  { what: 'everything of a repository', scopes: ['repository:acme/shop:*'] },
  { what: 'an unknown action', scopes: ['repository:acme/shop:pull,mirror'] },
  { what: 'the catalog', scopes: ['registry:catalog:*'] },
  { what: 'a scope without a form', scopes: ['*'] },
  { what: 'a repository whose name goes up', scopes: ['repository:acme/../shop:pull'] },
  { what: 'pushing, where that is allowed', inject: { access: 'push' }, scopes: [push], asked: [push] },
  { what: 'deleting, where pushing is', inject: { access: 'push' }, scopes: ['repository:acme/shop:delete'] },
  { what: 'the catalog, where pushing is', inject: { access: 'push' }, scopes: ['registry:catalog:*'] },
  {
    what: 'everything, where that is allowed',
    inject: { access: 'all' },
    scopes: ['registry:catalog:*', 'repository:acme/shop:*'],
    asked: ['registry:catalog:*', 'repository:acme/shop:*'],
  },
  { what: 'a repository of the team', inject: team, scopes: [pull], asked: [pull] },
  { what: 'a repository of another team', inject: team, scopes: ['repository:other/shop:pull'] },
  { what: 'one that is deeper', inject: team, scopes: ['repository:acme/shop/inner:pull'] },
  { what: 'one in other letters', inject: team, scopes: ['repository:Acme/shop:pull'] },
  { what: 'the catalog beside a team', inject: { ...team, access: 'all' }, scopes: ['registry:catalog:*'] },
  {
    what: 'two repositories, of which one is allowed',
    inject: { ...team, access: 'push' },
    scopes: [push, 'repository:library/base:pull'],
    asked: [push],
  },
  { what: 'another service', inject: { service: 'other' }, scopes: [pull] },
  { what: 'another user', inject: { username: 'bob' }, scopes: [pull] },
]
for (const { what, inject = {}, scopes, asked } of demands) {
  test(`G7: asked for ${what}, the broker asks for ${asked?.join(' and ') ?? 'nothing'}`, async () => {
    await using scene = await openRegistryScene({ inject })
    const { service, world } = scene
    const { status, code, text } = await scene.ask(scopes)
    assert.deepEqual([status, code], asked === undefined ? [403, 'token_scope_refused'] : [200, undefined], text)
    assert.deepEqual(
      service.asked.map((each) => each.scopes),
      asked === undefined ? [] : [asked.toSorted()],
    )
    if (asked !== undefined) return
    assert.match(text, /"remedy"/)
    const refused = (await world.events()).find(({ event }) => event.kind === 'exchange.refused')
    assert.equal(refused?.event.code, 'token_scope_refused')
  })
}
