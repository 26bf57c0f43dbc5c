import type { TokenCounts, TokenReport } from '@coatcheck/catalog'
import type { HeaderField } from '../http/header-field.ts'
import type { Amounts } from './amounts.ts'
import { toLedger } from './amounts.ts'
import { valueAt } from './json-path.ts'
import { costOf, type ModelPrice } from './model-prices.ts'

/** What is read from a reply. */
export interface MeterPlan {
  /** Where tokens are counted; absent where they are not. */
  readonly report?: TokenReport
  /** Absent where nobody knows it. */
  readonly price?: ModelPrice
  /** JSON path of the price in US dollars, where the reply has it. */
  readonly cost?: string
}

/** Longest reply, and longest line of a stream, that is read for its counts, in characters. */
const maxLength = 8 * 1024 * 1024
/** Where events have what replies have at their root. */
const roots = ['$', '$.message', '$.response']

/** Watches one reply for what it cost, and holds nothing of it back. */
export class ReplyMeter {
  readonly #plan: MeterPlan
  readonly #decoder = new TextDecoder()
  #status = 0
  #isStream = false
  #isReadable = true
  #text = ''
  readonly #counts = new Map<keyof TokenCounts, number>()
  #cost: number | undefined
  /** The last of the events that have counts was seen. */
  #isComplete = false

  constructor(plan: MeterPlan) {
    this.#plan = plan
  }

  /** Takes the head of the reply. */
  begin({ status, fields }: { readonly status: number; readonly fields: readonly HeaderField[] }): void {
    const fieldOf = (name: string): string =>
      fields
        .find((field) => field.name.toLowerCase() === name)
        ?.value.trim()
        .toLowerCase() ?? ''
    this.#status = status
    this.#isStream = fieldOf('content-type').startsWith('text/event-stream')
    this.#isReadable = ['', 'identity'].includes(fieldOf('content-encoding'))
  }

  /** Takes a part of the body. */
  write(chunk: Uint8Array): void {
    if (!this.#isReadable) return
    this.#text += this.#decoder.decode(chunk, { stream: true })
    if (this.#isStream) this.#readLines()
    if (this.#text.length > maxLength) {
      this.#isReadable = false
      this.#text = ''
    }
  }

  /**
   * What the reply came to, once all of it was seen; what it does not tell is absent. SECURITY: that a service says no does not tell what it
   * charged for on the way there (AC-17.2).
   */
  amounts(): Amounts {
    if (!this.#isReadable || this.#status < 200 || this.#status > 299) return {}
    if (!this.#isStream) {
      this.#read(this.#text)
      this.#isComplete = true
    }
    return this.#isComplete ? { ...this.#tokens(), ...(this.#cost !== undefined && { usd: this.#cost }) } : {}
  }

  #readLines(): void {
    const lines = this.#text.split(/\r\n|\n|\r/)
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const data = /^data: ?(.*)$/.exec(line)?.[1]
      if (data?.startsWith('{')) this.#read(data)
    }
  }

  #read(text: string): void {
    const { report, cost } = this.#plan
    // Most events have no counts, and are not worth parsing.
    if (!/usage|cost/i.test(text)) return
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return
    }
    // An array of replies is how Gemini streams where it is not asked for events.
    for (const each of Array.isArray(json) ? json : [json]) {
      if (cost !== undefined) this.#readCost(each, cost)
      if (report !== undefined) this.#readCounts(each, report)
    }
  }

  #readCost(json: unknown, path: string): void {
    const value = valueAt(json, path)
    if (typeof value !== 'number' || !(value >= 0)) return
    this.#cost = toLedger('usd', value)
    this.#isComplete = true
  }

  #readCounts(json: unknown, { counts, stream }: TokenReport): void {
    const type = valueAt(json, '$.type')
    const events = this.#isStream ? (stream?.events ?? null) : null
    if (events !== null && !events.some((each) => each === type)) return
    for (const root of roots) {
      for (const [name, path] of Object.entries(counts)) {
        const value = valueAt(json, path.replace('$', root))
        if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) continue
        // Events count up: what was said last, or before in an event that lacks it, is most.
        this.#counts.set(name as keyof TokenCounts, Math.max(value, this.#counts.get(name as keyof TokenCounts) ?? 0))
        if (events === null || type === events.at(-1)) this.#isComplete = true
      }
    }
  }

  #tokens(): Amounts {
    const { report, price } = this.#plan
    const input = this.#counts.get('input')
    const output = this.#counts.get('output') ?? (report?.counts.output === undefined ? 0 : undefined)
    if (report === undefined || input === undefined || output === undefined) return {}
    const count = (name: keyof TokenCounts): number => this.#counts.get(name) ?? 0
    const [cacheRead, cacheWrite] = [count('cacheRead'), count('cacheWrite')]
    const plain = report.inputIncludesCache ? Math.max(0, input - cacheRead - cacheWrite) : input
    const written = report.outputIncludesReasoning ? output : output + count('reasoning')
    const use = { input: plain, cacheRead, cacheWrite, output: written }
    const tokens = plain + cacheRead + cacheWrite + written
    return price === undefined ? { tokens } : { tokens, usd: toLedger('usd', costOf(price, use)) }
  }
}
