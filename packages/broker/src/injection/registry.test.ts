import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { providers, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError } from '@coatcheck/contract'
import { injectors, prepareInjection } from './registry.ts'

test('every file in injectors/ is listed, under its own kind', () => {
  const files = readdirSync(new URL('./injectors/', import.meta.url)).filter((name) => !name.includes('.test.'))
  assert.deepEqual(
    injectors.map(({ kind }) => kind),
    files.map((name) => name.replace(/\.[jt]s$/, '')).sort(),
  )
})

test('V3: every scope of the catalog is one that the injectors understand', () => {
  for (const scope of providers.flatMap(scopesOf)) prepareInjection(scope.inject)
})

test('an unknown injector is refused, with what is allowed', () => {
  for (const kind of ['', 'Bearer', 'constructor', '__proto__', 'sigv5']) {
    assert.throws(
      () => prepareInjection({ kind }),
      (error) =>
        error instanceof CoatcheckError &&
        error.code === 'scope_invalid' &&
        error.facts['allowed'] ===
          'aws-ecr, aws-session, azure, basic, bearer, body, cookie, digest, gcp-service-account, github-app, header, headers, hmac, mongodb, mtls, mysql, oauth2, path, placeholder, postgres, query, redis, registry, sigv4, smtp, ssh',
    )
  }
})
