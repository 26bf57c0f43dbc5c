import { setTimeout as delay } from 'node:timers/promises'

const intervalMs = 20
const attempts = 1_000
const sameInARow = 20

/** Asks again until there is an answer. @throws Error after 20 seconds */
export async function poll<Value>(ask: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const value = await ask()
    if (value !== undefined) return value
    await delay(intervalMs)
  }
  throw new Error('what was waited for did not come')
}

/** The value at which a growing number stays. @throws Error when it grows for 20 seconds */
export async function plateau(read: () => number): Promise<number> {
  let [last, same] = [read(), 0]
  return poll(() => {
    const present = read()
    same = present === last ? same + 1 : 0
    last = present
    return same >= sameInARow ? present : undefined
  })
}
