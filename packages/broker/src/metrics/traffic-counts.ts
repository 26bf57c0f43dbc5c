import type { ProblemCode } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import { Histogram } from './histogram.ts'

const statusClasses: readonly StatusClass[] = ['none', '1xx', '2xx', '3xx', '4xx', '5xx']
const exchangeSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const appendSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1]

/** How a decision ended: `none` is the code of what went well. */
export interface Outcome {
  readonly decision: 'allowed' | 'refused'
  readonly code: ProblemCode | 'none'
}

/** Classes of statuses; `none` when no service answered. */
export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'none'

/**
 * What happened since the broker started, in numbers. SECURITY: R-79. Counted by enumerations of our own only; no host, name,
 * path or identifier gets in here.
 */
export class TrafficCounts {
  readonly exchanges = new Map<string, number>()
  readonly connections = new Map<string, number>()
  readonly alarms = new Map<string, number>()
  readonly actions = new Map<string, number>()
  readonly upstream = new Map<StatusClass, number>()
  readonly exchangeDuration = new Histogram(exchangeSeconds)
  readonly appendDuration = new Histogram(appendSeconds)
  liveExchanges = 0
  liveConnections = 0
  namesRefused = 0
  failedAuthentications = 0
  bytesSent = 0
  bytesReceived = 0
  /** Values that came back and were replaced. */
  valuesScrubbed = 0
  /** Keys that nobody knew, and that were replaced. */
  newKeysReplaced = 0
  /** Records that are on their way into the journal. */
  pendingRecords = 0
  lostRecords = 0

  /** Takes in what was recorded. */
  add(entry: AuditEntry): void {
    const { kind } = entry
    const dot = kind.indexOf('.')
    const subject = kind.slice(0, dot)
    const act = kind.slice(dot + 1)
    if (subject === 'exchange') this.#addExchange(act, entry)
    else if (subject === 'connection') this.#addConnection(act, entry)
    else if (subject === 'name') this.namesRefused++
    else if (subject === 'alarm') increase(this.alarms, entry.code ?? 'none')
    else if (kind === 'authentication.failed') this.failedAuthentications += entry.count ?? 1
    else increase(this.actions, kind)
  }

  #addExchange(act: string, entry: AuditEntry): void {
    if (act === 'intended') this.liveExchanges++
    if (act === 'intended') return
    increase(this.exchanges, outcomeKey(act, entry.code))
    if (act !== 'completed') return
    this.liveExchanges--
    increase(this.upstream, statusClass(entry.upstreamStatus))
    this.valuesScrubbed += entry.scrubbed ?? 0
    this.newKeysReplaced += entry.newKeys ?? 0
    if (entry.latencyMs !== undefined) this.exchangeDuration.record(entry.latencyMs / 1000)
    this.#addBytes(entry)
  }

  #addConnection(act: string, entry: AuditEntry): void {
    if (act === 'intended') this.liveConnections++
    // What was said in one makes it no other.
    if (act === 'intended' || act === 'said') return
    increase(this.connections, outcomeKey(act, entry.code))
    if (act !== 'completed') return
    this.liveConnections--
    this.#addBytes(entry)
  }

  #addBytes({ bytesSent = 0, bytesReceived = 0 }: AuditEntry): void {
    this.bytesSent += bytesSent
    this.bytesReceived += bytesReceived
  }
}

/** The outcome that a key of `exchanges` or `connections` stands for. */
export function outcomeOf(key: string): Outcome {
  const [decision, code] = key.split(' ')
  return { decision, code } as Outcome
}

function outcomeKey(act: string, code: ProblemCode | undefined): string {
  if (act !== 'refused') return code === undefined ? 'allowed none' : `allowed ${code}`
  return `refused ${code ?? 'none'}`
}

function statusClass(status: number | undefined): StatusClass {
  return statusClasses[Math.floor((status ?? 0) / 100)] ?? 'none'
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
