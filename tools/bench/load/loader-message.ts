import type { Amount, Job, LoadResult } from './job.ts'

/** What the loader is told to do with the load of this key; a load exists from its first `prepare` to its `close`. */
export type LoaderOrder = { readonly id: number; readonly key: string } & (
  | { readonly order: 'prepare'; readonly job: Job }
  | { readonly order: 'run'; readonly amount: Amount }
  | { readonly order: 'close' }
)

/** What it says when that is done. */
export type LoaderReply =
  | { readonly id: number; readonly result?: LoadResult }
  | { readonly id: number; readonly failed: string }
