import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRegistryReply } from './read-registry-reply.ts'

const token = 'the-token-of-a-registry'
const read = (members: unknown, status = 200, user: string | null = 'ann') =>
  readRegistryReply(
    { status, body: Buffer.from(typeof members === 'string' ? members : JSON.stringify(members)) },
    user,
  )

test('a token is taken by either name, for as long as it says, or for a minute', () => {
  for (const [members, lifeMs] of [
    [{ token, expires_in: 300 }, 300_000],
    [{ access_token: token, expires_in: 300 }, 300_000],
    [{ token, access_token: token, refresh_token: 'not-looked-at-at-all' }, 60_000],
    [{ token, expires_in: 10_000_000 }, 86_400_000],
  ] as const)
    assert.deepEqual(read(members), { outcome: 'token', credential: token, lifeMs, refreshToken: undefined })
})

test('R-57, R-78: anything else is refused, for now, and not repeated', () => {
  for (const [members, status, reason] of [
    [{ token }, 403, 'status 403'],
    [{ token }, 302, 'status 302'],
    ['<html>', 200, 'the answer is no JSON object'],
    [[token], 200, 'the answer is no JSON object'],
    [{}, 200, 'the answer has no fit token'],
    [{ token: 7 }, 200, 'the answer has no fit token'],
    [{ token: '', access_token: token }, 200, 'the answer has no fit token'],
    [{ token: `${token}\r\nX: y` }, 200, 'the answer has no fit token'],
    [{ token: 'x'.repeat(20_000) }, 200, 'the answer has no fit token'],
    [{ token, expires_in: -1 }, 200, 'the token is not good for any time'],
    [{ token, expires_in: 'soon' }, 200, 'the token is not good for any time'],
  ] as const)
    assert.deepEqual(read(members, status), { outcome: 'refused', reason, isFinal: false })
  const stranger = { outcome: 'refused', reason: 'status 401', isFinal: false, isOfAsker: true }
  assert.deepEqual(read({ token }, 401), stranger)
  assert.deepEqual(read({ token }, 401, null), { outcome: 'refused', reason: 'status 401', isFinal: false })
})
