import type { Page } from '@coatcheck/contract'

/** Pages that are asked for at most. */
const maxPages = 1_000

/** Every item of a list, page by page. */
export async function allItems<Item>(
  list: (query: { readonly cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  for (let page = 0; page < maxPages; page++) {
    const found: Page<Item> = await list(cursor === null ? {} : { cursor })
    items.push(...found.items)
    cursor = found.cursor
    if (cursor === null) break
  }
  return items
}
