/** One `name = value` of a file of settings. */
export interface IniEntry {
  /** Empty before the first section. */
  readonly section: string
  readonly name: string
  /** Lines that continue it stand on lines of their own. */
  readonly value: string
}

/** Reads settings in sections, with comments at the beginning of lines; nothing when a line has no such form. */
export function iniEntries(text: string): readonly IniEntry[] | undefined {
  const entries: IniEntry[] = []
  let section = ''
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    const [, header] = /^\[([^\]]+)\]\s*$/.exec(line) ?? []
    const [, name, value = ''] = /^\s*([^=\s[][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    const last = entries.at(-1)
    if (header !== undefined) section = header.trim()
    else if (/^\s/.test(line) && last?.section === section) {
      entries[entries.length - 1] = { ...last, value: `${last.value}\n${line.trim()}` }
    } else if (name !== undefined) entries.push({ section, name, value })
    else return undefined
  }
  return entries
}
