/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly cursor: string | null
}
