import type { ProblemCode } from '@coatcheck/contract'
import type { Amounts } from '../../caps/amounts.ts'
import type { ShownLeaf } from '../../sandbox/connection-door.ts'
import type { GrantSetup, ReachWish, SessionEnd } from '../connector.ts'

/** What the broker tells the process of a grant. Sockets travel beside `open` and `reached`. */
export type ToProcess =
  | { readonly type: 'setup'; readonly setup: GrantSetup }
  | { readonly type: 'open'; readonly session: string; readonly leaf: ShownLeaf | undefined }
  | {
      readonly type: 'reached'
      readonly session: string
      readonly secret: Buffer
      readonly version: number
      /** What goes over the connection is held for first, part by part. */
      readonly isMetered: boolean
    }
  | { readonly type: 'unreached'; readonly session: string; readonly code: ProblemCode }
  /** Caps have room, or the code says why not. */
  | {
      readonly type: 'held'
      readonly session: string
      readonly hold: string | null
      readonly maxBytes?: number
      readonly code?: ProblemCode
    }
  /** All sessions where none is named. */
  | { readonly type: 'end'; readonly session?: string; readonly code: ProblemCode }

/** What the process of a grant tells the broker. */
export type FromProcess =
  | { readonly type: 'reach'; readonly session: string; readonly wish: ReachWish }
  /** `part`: for so many bytes of the connection at most, and nothing else. */
  | { readonly type: 'reserve'; readonly session: string; readonly amounts: Amounts; readonly part?: number }
  /** Up to so many bytes of a part that is held may be carried from now on, in all. */
  | { readonly type: 'carrying'; readonly session: string; readonly hold: string; readonly bytes: number }
  | { readonly type: 'settle'; readonly session: string; readonly hold: string; readonly actual: Amounts }
  | { readonly type: 'refused'; readonly session: string; readonly code: ProblemCode; readonly note: string }
  | { readonly type: 'said'; readonly session: string; readonly note: string }
  | { readonly type: 'over'; readonly session: string; readonly end: SessionEnd }
