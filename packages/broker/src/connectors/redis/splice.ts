import type { Socket } from 'node:net'
import type { ReplyWalker } from './reply-walker.ts'
import type { RequestWalker } from './request-walker.ts'

/** How a splice came to its end. `malformed`: the client said what is no request. `garbled`: the service said what is no reply. */
export type SpliceEnd = 'closed' | 'reset' | 'malformed' | 'garbled'

/** What a splice is made of. */
export interface SpliceParts {
  readonly client: Socket
  readonly service: Socket
  readonly walker: RequestWalker
  /** Absent where replies go on unread. */
  readonly replies: ReplyWalker | undefined
  readonly sent: (bytes: number) => void
  readonly received: (bytes: number) => void
}

/** How long the service may be silent when nothing more will be said to it, in milliseconds. */
const partingMs = 10_000
/** The answer to `RESET`; nothing comes behind it. */
const resetAnswer = Buffer.from('+RESET\r\n')

/**
 * Carries bytes both ways, no faster than the slower side takes them, until one side closes or the client gives its login up.
 * Replies are read where they may redirect the client; after a reset they are compared with the one that ends them.
 */
export async function splice({ client, service, walker, replies, sent, received }: SpliceParts): Promise<SpliceEnd> {
  const { promise, resolve } = Promise.withResolvers<SpliceEnd>()
  let tail: Buffer | undefined
  let timer: NodeJS.Timeout | undefined
  const part = (): void => {
    timer ??= setTimeout(closed, partingMs)
  }
  const said = (chunk: Buffer): void => {
    sent(chunk.length)
    const passed = walker.pass(chunk)
    if (passed === undefined) resolve('malformed')
    else if (passed.length > 0 && !service.write(passed)) client.pause()
    if (walker.state === 'reset') waitForReset()
    else if (walker.state === 'over') part()
  }
  const waitForReset = (): void => {
    client.off('data', said)
    service.off('drain', resume)
    client.pause()
    tail = Buffer.alloc(0)
    part()
  }
  const answered = (chunk: Buffer): void => {
    received(chunk.length)
    timer?.refresh()
    const passed = replies === undefined ? chunk : replies.pass(chunk)
    if (passed === undefined) {
      resolve('garbled')
      return
    }
    if (!client.write(passed)) service.pause()
    if (tail === undefined) return
    tail = Buffer.concat([tail, chunk.subarray(-resetAnswer.length)]).subarray(-resetAnswer.length)
    if (tail.equals(resetAnswer)) resolve('reset')
  }
  const resume = (): void => void client.resume()
  const drained = (): void => void service.resume()
  const saidAll = (): void => {
    service.end()
    part()
  }
  const answeredAll = (): void => void client.end()
  const closed = (): void => resolve(walker.state === 'over' ? 'malformed' : 'closed')
  client.on('data', said).on('drain', drained).once('end', saidAll).once('close', closed)
  service.on('data', answered).on('drain', resume).once('end', answeredAll).once('close', closed)
  client.resume()
  service.resume()
  if (client.destroyed || service.destroyed) closed()
  // A side that was done before anybody listened says so no more.
  if (client.readableEnded) saidAll()
  if (service.readableEnded) answeredAll()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    client.off('data', said).off('drain', drained).off('end', saidAll).off('close', closed)
    service.off('data', answered).off('drain', resume).off('end', answeredAll).off('close', closed)
    client.pause()
  }
}
