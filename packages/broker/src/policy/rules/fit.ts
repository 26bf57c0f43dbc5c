/**
 * What a rule, or a part of one, has to do with a request. `awaited`: the body decides, and is not here yet. `awaits-beginning`: the
 * same, and the beginning of it may be enough. `unreadable`: nobody can say, for this reason.
 */
export type Fit = 'matches' | 'differs' | 'awaited' | 'awaits-beginning' | Unreadable

/** Why something cannot be said of a request; holds nothing of the request itself. */
export interface Unreadable {
  readonly unreadable: string
}
