import { withoutDigests } from '../http/digest-fields.ts'
import { filterToolList, filterToolListEvent } from '../policy/actions/mcp/filter-tool-list.ts'
import { listedValue } from './content-kind.ts'
import { ResponseScrub, type ScrubbedHead } from './response-scrub.ts'

/** Longest reply, or event of a stream, of which tools are taken out, in bytes; a longer one goes on as it is. */
const maxListBytes = 1_048_576
const eventEnd = /\r\n\r\n|\n\r?\n|\r\r/g
const noBytes = Buffer.alloc(0)

/**
 * A scrub that first takes those tools out of the reply of an MCP server that may not be called. This saves an agent from trying; what
 * keeps it from calling is the rule.
 */
export class ToolListScrub extends ResponseScrub {
  readonly #isAllowed: (tool: string) => boolean
  #form: 'json' | 'events' | 'other' = 'other'
  #held: Buffer[] = []
  #heldBytes = 0

  constructor(
    isAllowed: (tool: string) => boolean,
    ...[scrubber, uninspected, meter]: ConstructorParameters<typeof ResponseScrub>
  ) {
    super(scrubber, uninspected, meter)
    this.#isAllowed = isAllowed
  }

  override begin(head: ScrubbedHead, declaredBytes: number, raw?: Buffer): void {
    const isPlain = listedValue(head.fields, 'content-encoding') === '' && head.status === 200
    const type = listedValue(head.fields, 'content-type').toLowerCase()
    if (isPlain && head.body !== 'none') {
      if (/^application\/json\b/.test(type)) this.#form = 'json'
      else if (/^text\/event-stream\b/.test(type)) this.#form = 'events'
    }
    if (this.#form === 'other') super.begin(head, declaredBytes, raw)
    else super.begin({ ...head, fields: unsized(head.fields), body: 'unsized' }, Number.NaN, raw)
  }

  override write(chunk: Buffer): Buffer | Promise<Buffer> {
    if (this.#form === 'other') return super.write(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#form === 'events') return this.#writeEvents()
    if (this.#heldBytes <= maxListBytes) return noBytes
    this.#form = 'other'
    return super.write(this.#take())
  }

  override end(): Buffer | Promise<Buffer> {
    if (this.#form === 'other' || this.#heldBytes === 0) return super.end()
    const rest = this.#take()
    const written = super.write(this.#form === 'json' ? this.#filtered(rest) : rest)
    if (!(written instanceof Promise)) return joined(written, super.end())
    return written.then((first) => joined(first, super.end()))
  }

  #writeEvents(): Buffer | Promise<Buffer> {
    const bytes = this.#take()
    const text = bytes.toString('latin1')
    const ends = [...text.matchAll(eventEnd)].map(({ 0: end, index }) => index + end.length)
    const complete = this.#whole(bytes, ends)
    const rest = bytes.subarray(ends.at(-1) ?? 0)
    if (rest.length > maxListBytes) this.#form = 'other'
    else if (rest.length > 0) {
      this.#held = [rest]
      this.#heldBytes = rest.length
      return complete.length === 0 ? noBytes : super.write(complete)
    }
    return super.write(Buffer.concat([complete, rest]))
  }

  #whole(bytes: Buffer, ends: readonly number[]): Buffer {
    const events = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
    return Buffer.concat(
      events.map((event) => {
        const before = event.toString()
        const after = filterToolListEvent(before, this.#isAllowed)
        return after === before ? event : Buffer.from(after)
      }),
    )
  }

  #filtered(bytes: Buffer): Buffer {
    try {
      const reply: unknown = JSON.parse(bytes.toString())
      const filtered = filterToolList(reply, this.#isAllowed)
      return filtered === reply ? bytes : Buffer.from(JSON.stringify(filtered))
    } catch {
      // What is no JSON lists nothing.
      return bytes
    }
  }

  #take(): Buffer {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return bytes
  }
}

/** What says how long the body is, or what it hashes to, is untrue once tools are taken out. */
function unsized(fields: ScrubbedHead['fields']): ScrubbedHead['fields'] {
  return withoutDigests([...fields]).filter(({ name }) => !/^(?:content-length|etag)$/i.test(name))
}

function joined(first: Buffer, last: Buffer | Promise<Buffer>): Buffer | Promise<Buffer> {
  if (last instanceof Promise) return last.then((rest) => Buffer.concat([first, rest]))
  return last.length === 0 ? first : Buffer.concat([first, last])
}
