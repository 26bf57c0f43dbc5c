import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { openSandboxListener } from '../egress/forward/sandbox-listener.ts'
import { Strangers } from '../egress/forward/strangers.ts'
import { systemClock } from '../foundation/clock.ts'
import { listenersState } from './listeners-state.ts'

const fronts = { http() {}, socks() {} }

test('AC-23.3: a listener that is closed is told from one that is open', async () => {
  const door = { host: '127.0.0.1', port: 0 }
  const [first, second] = await Promise.all([
    openSandboxListener(door, fronts, new Strangers(systemClock, () => {})),
    openSandboxListener(door, fronts, new Strangers(systemClock, () => {})),
  ])
  try {
    assert.equal(listenersState([first, second]), 'ok')
    await second.close()
    await assert.rejects(once(connect(second.port, second.host), 'connect'), { code: 'ECONNREFUSED' })
    assert.equal(listenersState([first, second]), 'closed')
  } finally {
    await first.close()
  }
  assert.equal(listenersState([]), 'ok')
})
