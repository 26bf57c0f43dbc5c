import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import { Histogram } from './histogram.ts'
import { MeteredLog } from './metered-log.ts'
import { scrapeMetrics } from './scrape-metrics.ts'
import { TrafficCounts } from './traffic-counts.ts'

const leak = 'LeAkEdNaMe'
const facts = {
  project: 'default',
  sandbox: `sbx_${leak}`,
  host: `${leak}.example`,
  path: `/${leak}`,
  rule: leak,
  note: leak,
}

const entries: readonly AuditEntry[] = [
  { id: 'exc_1', kind: 'exchange.intended', secrets: [`${leak}@1`], ...facts },
  {
    id: 'exc_1',
    kind: 'exchange.completed',
    upstreamStatus: 200,
    latencyMs: 30,
    bytesSent: 5,
    bytesReceived: 7,
    ...facts,
  },
  { id: 'exc_2', kind: 'exchange.intended', ...facts },
  { id: 'exc_2', kind: 'exchange.completed', code: 'upstream_timeout', latencyMs: 2_000_000, ...facts },
  { id: 'exc_3', kind: 'exchange.intended', ...facts },
  { id: 'exc_4', kind: 'exchange.refused', code: 'destination_denied', ...facts },
  { id: 'con_1', kind: 'connection.intended', ...facts },
  { id: 'con_3', kind: 'connection.said', ...facts },
  { id: 'con_2', kind: 'connection.refused', code: 'destination_denied', ...facts },
  { id: 'exc_4', kind: 'alarm.raised', code: 'placeholder_wrong_destination', ...facts },
  { id: 'con_3', kind: 'name.refused', ...facts },
  { id: 'evt_1', kind: 'authentication.failed', count: 3, ...facts },
  { id: 'evt_2', kind: 'secret.created', subject: leak, ...facts },
]

const journal: AuditLog = { append: () => Promise.resolve() }

async function scrape(counts: TrafficCounts): Promise<string> {
  return scrapeMetrics({
    caps: { set: 5, spent: 1, open: 0 },
    counts,
    rotations: () => ({ due: 2, staged: 3 }),
    failingSources: () => 1,
    status: () => ({
      version: '0.1.0',
      vault: 'locked',
      secrets: 4,
      sandboxes: 1,
      journal: 'ok',
      startedAt: new Date(1_000).toISOString(),
      faults: 2,
      listeners: 'ok',
      doors: [],
    }),
  })
}

async function scrapeEntries(): Promise<string> {
  const counts = new TrafficCounts()
  const log = new MeteredLog(journal, counts)
  for (const entry of entries) await log.append(entry)
  return scrape(counts)
}

const lineOf = (text: string, start: string): string | undefined =>
  text.split('\n').find((line) => line.startsWith(start))

test('A4: what was recorded is there in numbers', async () => {
  const text = await scrapeEntries()
  for (const line of [
    'coatcheck_build_info{version="0.1.0"} 1',
    'coatcheck_start_time_seconds 1',
    'coatcheck_vault_unlocked 0',
    'coatcheck_journal_ok 1',
    'coatcheck_sandboxes 1',
    'coatcheck_secrets 4',
    'coatcheck_live_exchanges 1',
    'coatcheck_live_connections 1',
    'coatcheck_exchanges_total{decision="allowed",code="none"} 1',
    'coatcheck_exchanges_total{decision="allowed",code="upstream_timeout"} 1',
    'coatcheck_exchanges_total{decision="refused",code="destination_denied"} 1',
    'coatcheck_connections_total{decision="refused",code="destination_denied"} 1',
    'coatcheck_upstream_responses_total{class="2xx"} 1',
    'coatcheck_upstream_responses_total{class="none"} 1',
    'coatcheck_alarms_total{code="placeholder_wrong_destination"} 1',
    'coatcheck_actions_total{kind="secret.created"} 1',
    'coatcheck_names_refused_total 1',
    'coatcheck_failed_authentications_total 3',
    'coatcheck_sent_bytes_total 5',
    'coatcheck_received_bytes_total 7',
    'coatcheck_faults_total 2',
    'coatcheck_exchange_duration_seconds_count 2',
    'coatcheck_exchange_duration_seconds_bucket{le="0.05"} 1',
    'coatcheck_exchange_duration_seconds_bucket{le="300"} 1',
    'coatcheck_exchange_duration_seconds_bucket{le="+Inf"} 2',
    `coatcheck_audit_append_duration_seconds_count ${entries.length}`,
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\nis not in\n${text}`)
  }
})

test('R-79: no host, path, name, rule or identifier becomes a label', async () => {
  const text = await scrapeEntries()
  assert.ok(!text.includes(leak), text)
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label))
  assert.deepEqual([...labels].sort(), ['class', 'code', 'decision', 'kind', 'le', 'version'])
})

test('the text is what Prometheus reads: each line a comment or a sample, each family once', async () => {
  const text = await scrapeEntries()
  const sample = /^coatcheck_[a-z_]+(\{\w+="[^"\\\n]*"(,\w+="[^"\\\n]*")*\})? (-?[0-9.e+-]+|\+Inf)$/
  for (const line of text.split('\n').filter((each) => each !== '')) {
    assert.ok(/^# (HELP|TYPE) coatcheck_[a-z_]+ \S/.test(line) || sample.test(line), line)
  }
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  assert.equal(new Set(families).size, families.length)
})

test('a record that cannot be written counts as lost, and rejects as before', async () => {
  const counts = new TrafficCounts()
  const log = new MeteredLog({ append: () => Promise.reject(new CoatcheckError('audit_unavailable')) }, counts)
  await assert.rejects(log.append(entries[0]!), { code: 'audit_unavailable' })
  const text = await scrape(counts)
  assert.equal(lineOf(text, 'coatcheck_audit_lost_records_total'), 'coatcheck_audit_lost_records_total 1')
  assert.equal(lineOf(text, 'coatcheck_live_exchanges'), 'coatcheck_live_exchanges 0')
  assert.equal(lineOf(text, 'coatcheck_audit_pending_records'), 'coatcheck_audit_pending_records 0')
})

test('records on their way are counted until they are safe', async () => {
  const counts = new TrafficCounts()
  const { promise, resolve } = Promise.withResolvers<void>()
  const appended = new MeteredLog({ append: () => promise }, counts).append(entries[0]!)
  assert.equal(counts.pendingRecords, 1)
  resolve()
  await appended
  assert.equal(counts.pendingRecords, 0)
})

test('a duration falls into the first bucket that is not below it', () => {
  const histogram = new Histogram([1, 2])
  for (const seconds of [0, 1, 1.5, 2, 3]) histogram.record(seconds)
  assert.deepEqual([histogram.counts, histogram.count, histogram.sum], [[2, 2, 1], 5, 7.5])
})
