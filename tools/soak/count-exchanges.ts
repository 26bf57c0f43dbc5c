import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What the journal has of exchanges that were let through. */
export interface ExchangeCounts {
  readonly all: number
  /** Those with an intent and no outcome. */
  readonly open: number
  /** Those that do not have one intent and at most one outcome. */
  readonly odd: number
}

/** Counts the records of each exchange in the files of a home’s journal. */
export async function countExchanges(folder: string): Promise<ExchangeCounts> {
  const seen = new Map<string, { intents: number; outcomes: number }>()
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'))
  for (const file of files) {
    for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
      const id = /"id":"(exc_\w+)"/.exec(line)?.[1]
      const kind = /"kind":"exchange\.(intended|completed)"/.exec(line)?.[1]
      if (id === undefined || kind === undefined) continue
      const counts = seen.get(id) ?? { intents: 0, outcomes: 0 }
      seen.set(id, counts)
      if (kind === 'intended') counts.intents += 1
      else counts.outcomes += 1
    }
  }
  const all = [...seen.values()]
  return {
    all: all.length,
    open: all.filter(({ outcomes }) => outcomes === 0).length,
    odd: all.filter(({ intents, outcomes }) => intents !== 1 || outcomes > 1).length,
  }
}
