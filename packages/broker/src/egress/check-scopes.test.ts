import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { checkScopes } from './check-scopes.ts'

const to = (host: string, inject: InjectorSpec): Scope => ({ to: host, inject })
const bearer = to('api.example.com', { kind: 'bearer' })
const token = to('tokens.example.com', {
  kind: 'oauth2',
  grant: 'client-credentials',
  tokenUrl: 'https://auth.example.com/token',
})
const certificate = to('mtls.example.com', { kind: 'mtls' })

test('a rotation is staged only where the response to a request tells which value was taken', () => {
  checkScopes([bearer, to('other.example.com', { kind: 'query', name: 'key' })]).demandStageable()
  for (const scopes of [[token], [certificate], [bearer, token], [bearer, certificate]]) {
    assert.throws(() => checkScopes(scopes).demandStageable(), { code: 'request_invalid' })
  }
})
