import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import type { FirewallReport } from './firewall-namespace.ts'

const skip =
  process.getuid?.() === 0
    ? skipWithout('nft', 'ip', 'unshare', 'setpriv', 'curl', '/usr/bin/python3')
    : 'only root makes a network namespace with rules of its own'

test('AC-2.4, R-51, R-53: the rules of the shell recipe let a user reach the broker and nothing else', {
  skip,
}, async (t) => {
  const script = join(import.meta.dirname, 'firewall-namespace.ts')
  const command = ['unshare', '--net', process.execPath, '--conditions=source', script]
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
  const { code, stdout, stderr } = await runToEnd(command, { env, timeoutMs: 100_000 })
  assert.equal(code, 0, stderr)
  const report = JSON.parse(stdout) as FirewallReport
  const places = Object.keys(report.before)

  await t.test('without the rules every place is reached, so that what follows proves something', () => {
    for (const place of places) assert.equal(report.before[place], true, place)
  })
  for (const place of places) {
    const reached = place === 'the broker'
    await t.test(`R-51, R-53: ${place} is ${reached ? '' : 'not '}reached`, () => {
      assert.equal(report.fenced[place], reached)
    })
  }
  await t.test('no datagram of it came anywhere', () => assert.equal(report.datagrams, 0))
  await t.test('other users are not touched', () => assert.deepEqual(report.others, report.before))
  await t.test('AC-2.4: through the broker it has its secret', () => assert.equal(report.throughBroker, '{"ok":true}'))
  await t.test('AC-2.4: with every proxy variable unset it reaches nobody', () => {
    assert.notEqual(report.withoutProxy, 0)
    assert.equal(report.requests, 0)
  })
  await t.test('AC-2.4: what was stopped is counted, by kind', () => {
    for (const name of ['to_broker', 'stopped_dns', 'stopped_ipv6', 'stopped_udp', 'stopped_tcp']) {
      assert.ok((report.counters[name] ?? 0) > 0, name)
    }
  })
  await t.test('when the rules are taken away everything is as before', () => {
    assert.deepEqual(report.afterwards, report.before)
    assert.equal(report.tablesLeft, '')
  })
})
