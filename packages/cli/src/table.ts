/** Rows as lines of equally wide columns; columns that are empty everywhere are left out. */
export function tableLines(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const used = header.map((_, column) => rows.some((row) => row[column] !== ''))
  const all = [header, ...rows].map((row) => row.filter((_, column) => used[column]))
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Names and values as aligned lines. */
export function fieldLines(fields: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd())
}
