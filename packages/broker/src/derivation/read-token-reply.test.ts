import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTokenReply } from './read-token-reply.ts'

const now = new Date('2030-01-01T00:00:00Z')

function replyTo(members: object, takes: 'access_token' | 'id_token' = 'access_token') {
  const body = { access_token: 'real-token', token_type: 'Bearer', ...members }
  return readTokenReply({ status: 200, body: Buffer.from(JSON.stringify(body)) }, takes, now)
}

/** How long the token of a reply is used, in seconds; undefined where it is not taken. */
function lifeOf(members: object, takes?: 'id_token'): number | undefined {
  const reply = replyTo(members, takes)
  return reply.outcome === 'token' ? reply.lifeMs / 1_000 : undefined
}

test('a token is used for as long as its service says, and for a day at most', () => {
  for (const [said, life] of [
    [60, 60],
    ['60', 60],
    [86_400, 86_400],
    [86_401, 86_400],
    [31_536_000, 86_400],
    [null, 300],
  ] as const) {
    assert.equal(lifeOf({ expires_in: said }), life, String(said))
  }
  const end = now.getTime() / 1_000 + 604_800
  const token = `e30.${Buffer.from(JSON.stringify({ exp: end })).toString('base64url')}.x`
  assert.equal(lifeOf({ id_token: token }, 'id_token'), 86_400)
})

test('a token that is good for no time is not taken', () => {
  for (const said of [0, -1, 'soon', true, {}, '1e9'])
    assert.equal(lifeOf({ expires_in: said }), undefined, String(said))
})

test('R-71: a token comes with any 2xx, and with nothing else', () => {
  const body = Buffer.from('{"access_token":"real-token","token_type":"bearer","expires_in":60}')
  for (const [status, outcome] of [
    [200, 'token'],
    [201, 'token'],
    [206, 'token'],
    [302, 'refused'],
    [400, 'refused'],
    [500, 'refused'],
  ] as const) {
    assert.equal(readTokenReply({ status, body }, 'access_token', now).outcome, outcome, `${status}`)
  }
})
