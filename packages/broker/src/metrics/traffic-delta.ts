import type { Histogram } from './histogram.ts'
import type { StatusClass, TrafficCounts } from './traffic-counts.ts'

const numberNames = [
  'bytesReceived',
  'bytesSent',
  'valuesScrubbed',
  'newKeysReplaced',
  'failedAuthentications',
  'liveConnections',
  'liveExchanges',
  'lostRecords',
  'namesRefused',
  'pendingRecords',
] as const
const mapNames = ['actions', 'alarms', 'connections', 'exchanges'] as const
const histogramNames = ['appendDuration', 'exchangeDuration'] as const

/** What a histogram counted in a while. */
type HistogramDelta = Pick<Histogram, 'counts' | 'sum'>

/** What was counted in a while, as plain data that another thread can add to its own. What is going on may be negative. */
export interface TrafficDelta {
  readonly numbers: Readonly<Record<(typeof numberNames)[number], number>>
  readonly maps: Readonly<Record<(typeof mapNames)[number], ReadonlyMap<string, number>>>
  readonly upstream: ReadonlyMap<StatusClass, number>
  readonly histograms: Readonly<Record<(typeof histogramNames)[number], HistogramDelta>>
}

/** Takes what was counted so far, and has the counting begin anew. */
export function takeTraffic(counts: TrafficCounts): TrafficDelta {
  return {
    numbers: recordOf(numberNames, (name) => {
      const number = counts[name]
      counts[name] = 0
      return number
    }),
    maps: recordOf(mapNames, (name) => takeMap(counts[name])),
    upstream: takeMap(counts.upstream),
    histograms: recordOf(histogramNames, (name) => counts[name].take()),
  }
}

/** Adds what was counted elsewhere. */
export function addTraffic(counts: TrafficCounts, { numbers, maps, upstream, histograms }: TrafficDelta): void {
  for (const name of numberNames) counts[name] += numbers[name]
  for (const name of mapNames) addMap(counts[name], maps[name])
  addMap(counts.upstream, upstream)
  for (const name of histogramNames) counts[name].add(histograms[name])
}

function takeMap<Key>(map: Map<Key, number>): Map<Key, number> {
  const taken = new Map(map)
  map.clear()
  return taken
}

function addMap<Key>(map: Map<Key, number>, added: ReadonlyMap<Key, number>): void {
  for (const [key, count] of added) map.set(key, (map.get(key) ?? 0) + count)
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  take: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, take(name)])) as Record<Name, Value>
}
