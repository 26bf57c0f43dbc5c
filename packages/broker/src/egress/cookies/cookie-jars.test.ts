import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, Lane } from '../exchange.ts'
import { CookieJars, type ReceivedCookie } from './cookie-jars.ts'

const lane = (key: string, sandboxId = 'sbx_1'): Lane => ({ sandboxId, key })

/** As much of an exchange as says whose cookies go with it. */
function asker(grantIds: readonly string[], host = 'api.example.com', path = '/'): Exchange {
  const attachments = grantIds.map((id) => ({ grant: { grant: { id } } }))
  const destination = { scheme: 'https', host, port: 443 }
  return { arrival: { destination }, attachments, head: { path } } as unknown as Exchange
}

const now = (): Date => new Date('2026-01-01T00:00:00Z')
const names = (jars: CookieJars, exchange: Exchange, which: Lane): string[] =>
  jars.pairsFor(exchange, which).map(({ name }) => name)

test('AC-10.4, R-72: cookies go with the same grants, to the same destination, of the same sandbox, and with nothing else', () => {
  const jars = new CookieJars({ now })
  jars.keeper(asker(['one']), lane('1'))('a=1')
  jars.keeper(asker(['two', 'one']), lane('2'))('b=1')
  assert.deepEqual(names(jars, asker(['one']), lane('1')), ['a'])
  assert.deepEqual(names(jars, asker(['one', 'two', 'one']), lane('2')), ['b'])
  for (const other of [asker(['two']), asker([]), asker(['one'], 'other.example.com')]) {
    assert.deepEqual(names(jars, other, lane('1')), [])
  }
  assert.deepEqual(names(jars, asker(['one']), lane('1', 'sbx_2')), [])
})

test('R-72: a session that was opened with an older value is over, also for a response that comes late', () => {
  const jars = new CookieJars({ now })
  const late = jars.keeper(asker(['one']), lane('version 1'))
  late('a=1')
  assert.deepEqual(names(jars, asker(['one']), lane('version 2')), [])
  assert.equal(jars.isEmpty, true)
  jars.keeper(asker(['one']), lane('version 2'))('b=1')
  late('c=1')
  assert.deepEqual(names(jars, asker(['one']), lane('version 2')), ['b'])
})

test('S3: what ends takes its sessions with it', () => {
  const jars = new CookieJars({ now })
  const fill = (): void => {
    jars.keeper(asker(['one']), lane('1'))('a=1')
    jars.keeper(asker(['one', 'two']), lane('2'))('b=1')
    jars.keeper(asker(['three']), lane('3', 'sbx_2'))('c=1')
  }
  fill()
  jars.endGrants(['two'])
  assert.deepEqual([names(jars, asker(['one']), lane('1')), names(jars, asker(['one', 'two']), lane('2'))], [['a'], []])
  jars.endSandbox('sbx_1')
  assert.deepEqual([names(jars, asker(['one']), lane('1')), jars.isEmpty], [[], false])
  jars.endGrants(['three'])
  assert.equal(jars.isEmpty, true)
  fill()
  jars.clear()
  assert.equal(jars.isEmpty, true)
})

test('a sandbox has so many jars, and the first one gives way', () => {
  const jars = new CookieJars({ now })
  for (let index = 0; index < 65; index += 1) jars.keeper(asker([`g${index}`]), lane('1'))('a=1')
  const filled = (index: number): string[] => names(jars, asker([`g${index}`]), lane('1'))
  assert.deepEqual([filled(0), filled(1), filled(64)], [[], ['a'], ['a']])
})

test('other threads are told what is new, and until they know it the sandbox is sharing', async () => {
  const told: ReceivedCookie[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const share = (received: ReceivedCookie): Promise<void> => {
    told.push(structuredClone(received))
    return promise
  }
  const [here, there] = [new CookieJars({ now, share }), new CookieJars({ now })]
  const keep = here.keeper(asker(['one']), lane('1'))
  for (const field of ['a=1', 'a=1', 'not a cookie']) keep(field)
  assert.equal(told.length, 1)
  there.keep(told[0]!)
  assert.deepEqual(names(there, asker(['one']), lane('1')), ['a'])
  const sharing = here.sharing('sbx_1')
  assert.deepEqual([sharing instanceof Promise, here.sharing('sbx_2')], [true, undefined])
  resolve()
  await sharing
  assert.equal(here.sharing('sbx_1'), undefined)
})
