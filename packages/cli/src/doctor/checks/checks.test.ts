import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrokerStatus, CheckedSecret } from '@coatcheck/contract'
import type { Finding } from '../finding.ts'
import type { ProbeReport } from '../probe-report.ts'
import { checkBrokerState } from './broker-state.ts'
import { checkBypass } from './bypass.ts'
import { checkClientTrust } from './client-trust.ts'
import { checkClock } from './clock.ts'
import { checkDoors, judgeEnd } from './doors.ts'
import { checkLeftovers } from './leftovers.ts'
import { checkNames } from './names.ts'
import { checkSecrets } from './secrets.ts'
import { checkUpstreamProxy } from './upstream-proxy.ts'

const now = new Date('2030-06-01T00:00:00Z')
const clean: ProbeReport = {
  tcp: [['["192.0.2.1",80]', 'ECONNREFUSED']],
  udp: [['["192.0.2.1",53]', 'silent']],
  files: [
    ['/secret', 'ENOENT'],
    ['/empty', 'listed 0'],
  ],
  names: [
    ['coatcheck.internal', 'resolved'],
    ['example.com', 'ENOTFOUND'],
  ],
  requests: {},
  clients: {},
  canary: false,
}
const statusOf = (findings: readonly Finding[]) => findings.map(({ check, status }) => `${check} ${status}`)

test('a report without any success is clean', () => {
  assert.deepEqual(statusOf(checkBypass({ report: clean, arrivals: 0 })), ['bypass ok', 'files ok', 'environment ok'])
  assert.equal(checkNames(clean).status, 'ok')
})

const leaks: readonly (readonly [what: string, expected: string, report: Partial<ProbeReport>, arrivals?: number])[] = [
  ['a connection', 'bypass failed', { tcp: [['there', 'reached']] }],
  ['an answer', 'bypass failed', { udp: [['there', 'answered']] }],
  ['something that arrived unseen', 'bypass failed', {}, 1],
  ['a file', 'files failed', { files: [['/etc/shadow', 'read 12']] }],
  ['a folder', 'files failed', { files: [['/root/.ssh', 'listed 2']] }],
  ['the environment', 'environment failed', { canary: true }],
]

for (const [what, expected, report, arrivals = 0] of leaks) {
  test(`AC-8.3: ${what} that gets through fails the examination`, () => {
    const findings = checkBypass({ report: { ...clean, ...report }, arrivals })
    assert.ok(statusOf(findings).includes(expected))
    assert.equal(findings.filter(({ status }) => status === 'failed').length, 1)
  })
}

test('AC-8.3: names are in order when the broker’s own is known and no other is', () => {
  assert.equal(checkNames({ names: [['coatcheck.internal', 'ENOTFOUND']] }).status, 'failed')
  const leaked = checkNames({ names: [...clean.names, ['example.com', 'resolved']] })
  assert.match(`${leaked.status} ${leaked.says}`, /^failed .*example\.com/)
})

test('AC-8.3: a client is trusted to trust only when it got the answer', () => {
  const outcomes = {
    a: 'ok',
    b: 'absent',
    c: 'failed: unable to get local issuer certificate',
    d: 'failed: repository not found',
  }
  const findings = checkClientTrust({ ...clean, clients: outcomes })
  assert.deepEqual(statusOf(findings), ['trust: a ok', 'trust: b skipped', 'trust: c failed', 'trust: d ok'])
})

test('AC-8.3: a secret that cannot be decrypted fails, and one that is due for rotation is warned of', () => {
  const secret = (rest: Partial<CheckedSecret>): CheckedSecret => ({
    name: 'one',
    provider: null,
    problem: null,
    rotationDue: null,
    ...rest,
  })
  assert.deepEqual(statusOf(checkSecrets([secret({})], now)), ['secrets ok'])
  assert.deepEqual(statusOf(checkSecrets([secret({}), secret({ problem: 'row_tampered' })], now)), ['secrets failed'])
  const due = [secret({ rotationDue: '2030-05-31T00:00:00Z' }), secret({ rotationDue: '2030-06-02T00:00:00Z' })]
  assert.deepEqual(statusOf(checkSecrets(due, now)), ['secrets ok', 'rotation warning'])
})

test('AC-8.3: state, clock, proxy and leftovers are told as they are', () => {
  const status: BrokerStatus = {
    version: '1',
    vault: 'unlocked',
    secrets: 0,
    sandboxes: 0,
    journal: 'ok',
    startedAt: '',
    faults: 0,
    listeners: 'ok',
    doors: [],
  }
  assert.deepEqual(statusOf(checkBrokerState(status)), ['vault ok', 'journal ok'])
  assert.deepEqual(statusOf(checkBrokerState({ ...status, vault: 'rolled-back', journal: 'failing', faults: 2 })), [
    'vault failed',
    'journal failed',
    'faults warning',
  ])
  for (const [running, restarts, expected] of [
    [2, 0, 'workers ok'],
    [2, 1, 'workers warning'],
    [1, 0, 'workers warning'],
    [0, 3, 'workers failed'],
  ] as const) {
    const workers = { count: 2, running, restarts }
    assert.deepEqual(statusOf(checkBrokerState({ ...status, workers })), ['vault ok', 'journal ok', expected])
  }
  assert.deepEqual([checkClock({ clock: 'ok' }).status, checkClock({ clock: 'jumped' }).status], ['ok', 'failed'])
  assert.deepEqual(checkUpstreamProxy({ upstreamProxy: null }), [])
  assert.match(checkUpstreamProxy({ upstreamProxy: 'proxy:3128' })[0]!.says, /check of addresses is the proxy’s/)
  assert.deepEqual(checkLeftovers({ leftovers: [] }), [])
  assert.match(checkLeftovers({ leftovers: [{ id: 'sbx_1', name: 'one' }] })[0]!.remedy!, /sandbox delete sbx_1/)
})

test('AC-8.3: a listener off this machine speaks TLS, with a certificate that is good now', async () => {
  const door = (url: string) => checkDoors([{ name: 'proxy', url }], now)
  assert.deepEqual(statusOf(await checkDoors([], now)), ['listeners ok'])
  for (const url of ['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1']) {
    assert.deepEqual(statusOf(await door(url)), ['listener: proxy ok'])
  }
  assert.deepEqual(statusOf(await door('http://192.0.2.1:1')), ['listener: proxy failed'])
  assert.deepEqual(statusOf(await door('https://127.0.0.1:1')), ['listener: proxy warning'])
  const judge = (end: string) => judgeEnd('listener', 'https://broker', new Date(end), now).status
  assert.deepEqual(['2030-05-31', '2030-06-10', '2031-01-01'].map(judge), ['failed', 'warning', 'ok'])
})
