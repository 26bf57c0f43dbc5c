import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResourceScope } from './resource-scope.ts'
import { type RegistryAccess, scopeFilter } from './scope-filter.ts'

test('a scope is read by its first and its last colon', () => {
  const scope = (text: string) => parseResourceScope(text)
  assert.deepEqual(scope('repository:acme/shop:pull,push'), {
    type: 'repository',
    name: 'acme/shop',
    actions: ['pull', 'push'],
  })
  assert.deepEqual(scope('repository(plugin):acme/shop:*'), {
    type: 'repository(plugin)',
    name: 'acme/shop',
    actions: ['*'],
  })
  assert.equal(
    scope('repository:registry.example.com:5000/acme/shop:pull')?.name,
    'registry.example.com:5000/acme/shop',
  )
  const wrong = ['', '*', 'repository', 'repository:a', 'repository:a:', 'repository::pull', 'repository:a:pull,']
  wrong.push(
    'repository:a:PULL',
    'repository:a b:pull',
    'repository:/a:pull',
    'repository:a/:pull',
    'repository:a//b:pull',
  )
  wrong.push(
    'repository:../a:pull',
    'repository:a/./b:pull',
    'repository:a%2Fb:pull',
    'Repository:a:pull',
    'repository:a:pull\n',
  )
  for (const text of wrong) assert.equal(scope(text), undefined, JSON.stringify(text))
})

const verdicts: readonly (readonly [RegistryAccess, readonly string[] | undefined, string, boolean])[] = [
  ['pull', undefined, 'repository:a/b:pull', true],
  ['pull', undefined, 'repository:a/b:metadata_read', true],
  ['pull', undefined, 'repository(plugin):a/b:pull', true],
  ['pull', undefined, 'repository:a/b:pull,push', false],
  ['pull', undefined, 'repository:a/b:delete', false],
  ['pull', undefined, 'repository:a/b:*', false],
  ['pull', undefined, 'repositoryx:a/b:pull', false],
  ['pull', undefined, 'registry:catalog:*', false],
  ['push', undefined, 'repository:a/b:pull,push', true],
  ['push', undefined, 'repository:a/b:push,delete', false],
  ['push', undefined, 'repository:a/b:metadata_write', false],
  ['push', undefined, '*', false],
  ['all', undefined, 'repository:a/b:delete', true],
  ['all', undefined, 'registry:catalog:*', true],
  ['all', undefined, '*', true],
  ['all', ['a/*'], 'repository:a/b:delete', true],
  ['all', ['a/*'], 'registry:catalog:*', false],
  ['all', ['a/*'], '*', false],
  ['pull', ['a/*'], 'repository:a/b/c:pull', false],
  ['pull', ['a/**'], 'repository:a/b/c:pull', true],
  ['pull', ['a/b', 'c/*'], 'repository:c/d:pull', true],
  ['pull', ['a/b'], 'repository:A/b:pull', false],
  ['pull', ['a/b'], 'repository:a/b.c:pull', false],
]
test('G7: an access lets through what it names and nothing else, of the repositories that it names', () => {
  for (const [access, repositories, scope, isAllowed] of verdicts)
    assert.equal(scopeFilter(access, repositories)(scope), isAllowed, `${access} ${repositories} ${scope}`)
})
