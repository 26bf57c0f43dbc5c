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
