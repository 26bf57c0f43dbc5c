import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from '@coatcheck/contract'
import { refuse } from '../refusal.ts'
import { grpcStatus } from './grpc-status.ts'

test('each problem has a status of gRPC that is a failure, and a message in visible ASCII', () => {
  for (const code of Object.keys(problems) as (keyof typeof problems)[]) {
    const { 'grpc-status': status, 'grpc-message': message } = grpcStatus(refuse(code))
    assert.ok(Number(status) > 0 && Number(status) <= 16, code)
    assert.match(message, /^[\x20-\x7e]+$/, code)
    assert.ok(decodeURIComponent(message).startsWith(`${code}: `), code)
  }
})

test('what is not allowed is PERMISSION_DENIED, what is too long RESOURCE_EXHAUSTED, and what cannot be reached UNAVAILABLE', () => {
  assert.equal(grpcStatus(refuse('destination_denied'))['grpc-status'], '7')
  assert.equal(grpcStatus(refuse('request_body_too_large'))['grpc-status'], '8')
  assert.equal(grpcStatus(refuse('upstream_unreachable'))['grpc-status'], '14')
})
