import type { Canary } from '../fixtures/canary.ts'

/** Bytes of a trace that are looked at first; every trace is longer. */
const headBytes = 4
const slots = 1 << 16

interface Needle<Key> {
  readonly bytes: Buffer
  readonly key: Key
}

/** Which of many keys stand in `content`, in whatever form: one pass over it, however many keys and forms there are. */
export function findPlanted<Key extends { readonly key: Canary }>(content: Buffer, keys: readonly Key[]): Set<Key> {
  const needles = new Map<number, Needle<Key>[]>()
  const isHead = new Uint8Array(slots)
  for (const key of keys) {
    for (const { bytes } of key.key.traces) {
      const head = bytes.readUInt32BE(0)
      needles.set(head, [...(needles.get(head) ?? []), { bytes, key }])
      isHead[slotOf(head)] = 1
    }
  }
  const found = new Set<Key>()
  let head = 0
  for (let end = 0; end < content.length; end += 1) {
    head = ((head << 8) | content[end]!) >>> 0
    if (isHead[slotOf(head)] === 0 || end + 1 < headBytes) continue
    const start = end + 1 - headBytes
    for (const { bytes, key } of needles.get(head) ?? []) {
      if (content.compare(bytes, 0, bytes.length, start, Math.min(start + bytes.length, content.length)) === 0) {
        found.add(key)
      }
    }
  }
  return found
}

function slotOf(head: number): number {
  return Math.imul(head, 0x9e3779b1) >>> 16
}
