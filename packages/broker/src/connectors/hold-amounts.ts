import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { type Amounts, nothingUsed } from '../caps/amounts.ts'
import type { CapAsk, CapDesk } from '../caps/cap-desk.ts'
import type { SocketScheme } from '../foundation/destination.ts'
import type { LiveSession } from './live-session.ts'
import type { ToProcess } from './process/messages.ts'
import { connectors } from './registry.ts'

/** Where sessions are held against their caps. */
export interface HoldParts {
  /** Absent where nobody counts. */
  readonly caps?: CapDesk
  /** Says what is told of an error. */
  readonly codeOf: (instance: string, error: unknown) => ProblemCode
}

/** Holds for what a session is about to do, under the caps of its grant, and words the answer to its process. */
export async function holdAmounts(
  session: LiveSession,
  { amounts, part }: Pick<CapAsk, 'amounts' | 'part'>,
  { caps, codeOf }: HoldParts,
): Promise<Extract<ToProcess, { type: 'held' }>> {
  const { id, endedFor, grantId, holds, sandboxId } = session
  const told = { type: 'held', session: id } as const
  try {
    // SECURITY: a cap that nobody counts lets nothing through, and nor does authority that has just ended.
    if (endedFor !== undefined) return { ...told, hold: null, code: endedFor }
    if (caps === undefined) throw new CoatcheckError('internal')
    const { id: hold, maxBytes } = await caps.reserve({
      sandboxId,
      grantIds: [grantId],
      amounts,
      ...(part !== undefined && { part }),
    })
    // SECURITY: a process tells what it is about to carry of a part, before it does; of a deed it tells nothing before it is done.
    holds.set(hold, part === undefined ? {} : { bytes: 0 })
    if (session.isOver === true) {
      // Nobody was told of it, so nothing of it was used.
      caps.settle(hold, nothingUsed)
      holds.delete(hold)
    }
    return { ...told, hold, ...(maxBytes !== undefined && { maxBytes }) }
  } catch (error) {
    return { ...told, hold: null, code: codeOf(id, error) }
  }
}

/** Counts what it came to. SECURITY: a session settles what was held for itself; what it does not settle counts as it was held. */
export function settleHold(
  { holds }: LiveSession,
  hold: string,
  actual: Amounts,
  { caps }: Pick<HoldParts, 'caps'>,
): void {
  if (holds.delete(hold)) caps?.settle(hold, actual)
}

/** Takes note of what may be carried of a part from now on. A process that tells less than before takes nothing back. */
export function noteCarried({ holds }: LiveSession, hold: string, bytes: number): void {
  const known = holds.get(hold)?.bytes
  if (known !== undefined) holds.set(hold, { bytes: Math.max(known, bytes) })
}

/** Counts what is still held for a session that is over: parts as far as they may have been carried, deeds as they were held. */
export function settleAll(session: LiveSession, { caps }: Pick<HoldParts, 'caps'>): void {
  session.isOver = true
  for (const [hold, known] of session.holds) caps?.settle(hold, known)
  session.holds.clear()
}

/**
 * Whether caps count what the connections of a session carry. Nothing is held by asking.
 * @throws CoatcheckError `cap_reached` | `circuit_open` | `storage_unavailable` where they have no room at all
 */
export async function countsBytes(
  { grantId, sandboxId }: Pick<LiveSession, 'grantId' | 'sandboxId'>,
  scheme: SocketScheme,
  { caps }: Pick<HoldParts, 'caps'>,
): Promise<boolean> {
  const reservesDeeds = connectors.some((each) => each.scheme === scheme && each.reservesDeeds === true)
  if (caps === undefined || reservesDeeds) return false
  const { id, maxBytes } = await caps.reserve({ sandboxId, grantIds: [grantId], amounts: {}, part: 1 })
  caps.settle(id, { bytes: 0 })
  return maxBytes !== undefined
}
