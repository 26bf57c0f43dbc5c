import type { TestEvent } from 'node:test/reporters'

/** Passes events on, and lists the skipped tests by reason just before the runner's own summary. */
export async function* withSkipReport(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const countByReason = new Map<string, number>()
  let reported = false
  for await (const event of events) {
    if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.skip !== false) {
      const reason = typeof event.data.skip === 'string' ? event.data.skip : 'no reason given'
      countByReason.set(reason, (countByReason.get(reason) ?? 0) + 1)
    }
    if (!reported && event.type === 'test:diagnostic' && /^tests \d+$/.test(event.data.message)) {
      reported = true
      for (const line of describeSkips(countByReason)) {
        yield { type: 'test:diagnostic', data: { ...event.data, message: line } }
      }
    }
    yield event
  }
}

function describeSkips(countByReason: ReadonlyMap<string, number>): readonly string[] {
  const total = [...countByReason.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return []
  const lines = [...countByReason].map(([reason, count]) => `  ${count} × ${reason}`)
  return [`skipped tests: ${total}`, ...lines]
}
