import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { mock, test } from 'node:test'
import type { GrantSetup, ServedSession, SessionEnd } from '../connector.ts'
import { SshSession } from './ssh-session.ts'
import { standInOf } from './stand-in.ts'

const setup: GrantSetup = {
  scheme: 'ssh',
  placeholder: 'a placeholder of a test',
  inject: { kind: 'ssh' },
  host: 'git.service.test',
  port: 22,
  roots: '',
  isLocal: true,
  others: [],
  address: { host: 'git.service.test', port: 22 },
}

/** A session whose client says what a test wants. */
function served(): { readonly socket: Duplex; readonly end: Promise<SessionEnd>; readonly ending: AbortController } {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const ending = new AbortController()
  const session: ServedSession = {
    client: socket as unknown as Socket,
    setup,
    leaf: undefined,
    ending: ending.signal,
    reach: () => Promise.reject(new Error('nothing is dialled here')),
    login: () => Promise.reject(new Error('nothing is dialled here')),
    reserve: () => Promise.reject(new Error('nothing is counted here')),
    refused() {},
    said() {},
  }
  return { socket, end: new SshSession(session, standInOf(setup.placeholder)).serve(), ending }
}

test('CO-01: a client that says nothing, or a byte now and then, is cut off after ten seconds', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const silent = served()
    const slow = served()
    for (let second = 0; second < 9; second += 1) {
      slow.socket.push('S')
      mock.timers.tick(1_000)
    }
    assert.equal(slow.socket.writableEnded, false)
    mock.timers.tick(1_000)
    for (const { end } of [silent, slow]) assert.equal((await end).code, 'client_timeout')
    mock.timers.tick(1_000)
    assert.ok(silent.socket.destroyed && slow.socket.destroyed)
  } finally {
    mock.timers.reset()
  }
})

test('CO-09: a session that was ended before it began is not served', async () => {
  const { end, ending } = served()
  ending.abort('grant_ended')
  assert.equal((await end).code, 'grant_ended')
})

test('the keys of a placeholder are always the same, and those of another are others', () => {
  const [one, again, other] = ['one', 'one', 'other'].map(standInOf)
  assert.deepEqual([one!.userText, one!.host.blob], [again!.userText, again!.host.blob])
  const blobs = [one!.user.blob, one!.host.blob, other!.user.blob, other!.host.blob].map((blob) => blob.toString('hex'))
  assert.equal(new Set(blobs).size, 4)
})
