import type { Socket } from 'node:net'
import type { CommandWalk } from './command-walk.ts'

/** Why bytes are carried no further. */
export type CarryEnd =
  /** One side is gone. */
  | { readonly kind: 'closed' }
  /** A client broke the protocol. */
  | { readonly kind: 'broken' }
  /** A client logs in anew, with what it said from there on. */
  | { readonly kind: 'changeUser'; readonly said: Buffer }

/** What is counted of what is carried. */
export interface CarryCounts {
  sent: number
  received: number
}

/** Carries bytes both ways, no faster than the other side takes them, until that is over; then both sides are paused. */
export function carry(client: Socket, service: Socket, walk: CommandWalk, counts: CarryCounts): Promise<CarryEnd> {
  const { promise, resolve } = Promise.withResolvers<CarryEnd>()
  const say = (chunk: Buffer): void => {
    counts.sent += chunk.length
    const passed = walk.pass(chunk)
    if (passed === undefined) {
      over({ kind: 'broken' })
      return
    }
    if (passed.length > 0 && !service.write(passed)) client.pause()
    const said = walk.takeHandedOver()
    if (said !== undefined) over({ kind: 'changeUser', said })
  }
  const answer = (chunk: Buffer): void => {
    counts.received += chunk.length
    if (!client.write(chunk)) service.pause()
  }
  const closed = (): void => over({ kind: 'closed' })
  const endClient = (): void => void client.end()
  const endService = (): void => void service.end()
  const goOnClient = (): void => void client.resume()
  const goOnService = (): void => void service.resume()
  const over = (end: CarryEnd): void => {
    client.off('data', say).off('drain', goOnService).off('end', endService).off('close', closed).pause()
    service.off('data', answer).off('drain', goOnClient).off('end', endClient).off('close', closed).pause()
    resolve(end)
  }
  client.on('data', say).on('drain', goOnService).once('end', endService).once('close', closed).resume()
  service.on('data', answer).on('drain', goOnClient).once('end', endClient).once('close', closed).resume()
  if (client.destroyed || service.destroyed) closed()
  return promise
}
