import type { Page } from '@coatcheck/contract'

/** A page of what `list` finds. It is asked for one more than `limit`, to learn whether there is a next page. */
export function pageOf<Item, View>(
  list: (limit: number) => readonly Item[],
  limit: number,
  cursorOf: (item: Item) => string,
  show: (item: Item) => View,
): Page<View> {
  const found = list(limit + 1)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return { items: items.map(show), cursor: more ? cursorOf(last) : null }
}

/** A page of a list that is in memory, in the order of names, with everything that its items have. */
export function pageByName<Item extends { readonly name: string }>(
  items: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const sorted = items.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const list = (count: number) => sorted.filter(({ name }) => cursor === undefined || name > cursor).slice(0, count)
  return pageOf(
    list,
    limit,
    ({ name }) => name,
    (item) => item,
  )
}
