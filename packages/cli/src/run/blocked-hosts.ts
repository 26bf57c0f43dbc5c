import { type ActivityRow, type ProblemCode, problems } from '@coatcheck/contract'

const maxLines = 8

/** Refusals that go away when the host is allowed. */
const curedByAllow: readonly (ProblemCode | undefined)[] = ['destination_denied']

/** Something that a sandbox was refused, as often as it tried. */
interface Blocked {
  readonly host: string
  readonly port: number | undefined
  readonly code: ProblemCode | undefined
  count: number
}

/** Collects what a sandbox was refused while it ran. */
export class BlockedHosts {
  readonly #blocked = new Map<string, Blocked>()

  /** Alarms are left out: the refusal that raised one is told by itself. */
  add({ kind, event }: ActivityRow): void {
    if (kind === 'alarm') return
    const { host = 'an unnamed host', port, code, count = 1 } = event
    const key = `${host} ${port} ${code}`
    const known = this.#blocked.get(key)
    if (known === undefined) this.#blocked.set(key, { host, port, code, count })
    else known.count += count
  }

  /** What was refused, the most frequent first. */
  list(): readonly Readonly<Blocked>[] {
    return [...this.#blocked.values()].sort((one, other) => other.count - one.count)
  }

  /** What a person should know, one line each, with the option that would help. */
  lines(): readonly string[] {
    const all = this.list()
    const lines = all.slice(0, maxLines).map(({ host, port, code, count }) => {
      const place = port === undefined || port === 443 ? host : `${host}:${port}`
      const title = code === undefined ? 'refused' : problems[code].title.toLowerCase()
      const cure = curedByAllow.includes(code) ? `; --allow ${place} would let it through` : ''
      return `blocked ${place} (${count} times): ${title}${cure}`.replace('(1 times)', '(once)')
    })
    return all.length > maxLines ? [...lines, `and ${all.length - maxLines} more; see coatcheck logs`] : lines
  }
}
