import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { systemResolver } from './resolver.ts'

const never = new AbortController().signal

test('the machine’s resolver gives each address once', async () => {
  const addresses = await systemResolver.resolve('localhost', never)
  assert.ok(addresses.includes('127.0.0.1') || addresses.includes('::1'))
  assert.equal(new Set(addresses).size, addresses.length)
})

test('a name that does not exist is unresolved', async () => {
  await assert.rejects(
    // The root of a name that is too long for any resolver: no question leaves the machine.
    systemResolver.resolve(`${'a'.repeat(64)}.localhost`, never),
    (error) => error instanceof CoatcheckError && error.code === 'destination_unresolved',
  )
})

test('an aborted signal resolves nothing', async () => {
  const reason = new Error('gone')
  await assert.rejects(systemResolver.resolve('localhost', AbortSignal.abort(reason)), reason)
})
