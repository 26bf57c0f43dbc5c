import type { Orders, Questions } from './messages.ts'
import type { Post } from './post.ts'

/** A worker's end of its channel to the main thread. */
export type MainPost = Pick<Post<Questions, Orders>, 'ask'>
