import type { TLSSocket } from 'node:tls'
import { monotonicMicros } from '../wire/monotonic.ts'

const eventsPerSecond = 20
const head =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n'

/** Sends 20 events a second, each with the instant of its sending, until the connection closes. */
export function streamEvents(socket: TLSSocket): void {
  const periodMs = 1000 / eventsPerSecond
  const sendEvent = (): void => {
    const event = `data: {"sentAt":${monotonicMicros()},"text":"a few words of an answer"}\n\n`
    socket.write(`${event.length.toString(16)}\r\n${event}\r\n`)
  }
  socket.write(head)
  let ticking: NodeJS.Timeout | undefined
  // Streams in step would arrive as one burst, which measures the queue and not the way.
  const starting = setTimeout(() => {
    sendEvent()
    ticking = setInterval(sendEvent, periodMs)
  }, Math.random() * periodMs)
  socket.once('close', () => {
    clearTimeout(starting)
    clearInterval(ticking)
  })
}
