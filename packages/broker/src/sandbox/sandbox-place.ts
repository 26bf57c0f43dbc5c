import { parseCidrBlock } from '../foundation/cidr-block.ts'
import type { Sandbox } from './sandbox.ts'

/** Whether it was said beforehand where a sandbox calls from, and anywhere is not among it. */
export function isPlaced({ from }: Pick<Sandbox, 'from'>): boolean {
  return from.length > 0 && !from.some((text) => text.endsWith('/0'))
}

/** Whether an address is one of those that were said beforehand. @param peer plain address */
export function isInPlace({ from }: Pick<Sandbox, 'from'>, peer: string): boolean {
  return from.some((text) => parseCidrBlock(text)?.contains(peer) === true)
}
