/** Lines of cells in columns; the first column to the left, the others to the right. A line of fewer cells is not held to them. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines
  const widths = head.map((_, at) =>
    Math.max(...lines.filter((line) => line.length === head.length || at === 0).map((line) => line[at]?.length ?? 0)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, at) => {
          if (at === 0) return cell.padEnd(widths[at] ?? 0)
          return line.length === head.length ? cell.padStart(widths[at] ?? 0) : cell
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
