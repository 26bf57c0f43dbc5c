import { Transform } from 'node:stream'
import type { ByteBudget } from './byte-budget.ts'

/** Lets bytes on as far as a budget has room; what refuses them ends it. */
export function meteredFlow(budget: ByteBudget): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passOn(chunk, budget, (piece) => this.push(piece)).then(() => done(), done)
    },
  })
}

/** Hands out a chunk as far as a budget has room, at once where it has. Rejects with what refuses the rest. */
export async function passOn(chunk: Buffer, budget: ByteBudget, hand: (piece: Buffer) => void): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const taking = budget.take(chunk.length - at)
    const count = typeof taking === 'number' ? taking : await taking
    hand(chunk.subarray(at, at + count))
    at += count
  }
}
