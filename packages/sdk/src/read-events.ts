/** Longest event that is taken, in characters. */
const maxEventLength = 1024 * 1024

/** An event of a server-sent stream, its data parsed. */
export interface StreamEvent {
  readonly event: string
  readonly data: unknown
}

/** The events in a stream of text, wherever its chunks are cut. Comments and other fields are passed over. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of chunks) {
    const blocks = (pending + decoder.decode(chunk, { stream: true })).split('\n\n')
    pending = blocks.pop() ?? ''
    if (pending.length > maxEventLength) throw new RangeError('an event of the stream is too long')
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}

function parseEvent(block: string): StreamEvent | undefined {
  const lines = block.split('\n')
  const field = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
  const data = field('data').join('\n')
  return data === '' ? undefined : { event: field('event')[0] ?? 'message', data: JSON.parse(data) }
}
