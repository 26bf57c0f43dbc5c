import { type ActivityRow, type AuditEvent, type GrantView, type ProblemCode, problems } from '@coatcheck/contract'

const maxLines = 8
/** Distinct refusals that are kept apart; an agent can think of any number. */
const maxKept = 1_000

/** Something that a sandbox was refused, as often as it tried. */
export interface Blocked {
  readonly host: string
  readonly port: number | undefined
  readonly scheme: string | undefined
  readonly code: ProblemCode | undefined
  /** Variable whose placeholder was involved. */
  readonly env: string | undefined
  readonly count: number
}

/** Collects what a sandbox was refused while it ran. */
export class BlockedHosts {
  readonly #grants: readonly GrantView[]
  readonly #blocked = new Map<string, { -readonly [Field in keyof Blocked]: Blocked[Field] }>()

  /** `grants` are those of the sandbox, so that it can be said where a placeholder is good. */
  constructor(grants: readonly GrantView[] = []) {
    this.#grants = grants
  }

  /** Takes one refusal; gives it back when it is the first of its kind. Alarms are told by the refusal that raised them. */
  add({ kind, event }: ActivityRow): Blocked | undefined {
    if (kind === 'alarm') return undefined
    const { host = 'an unnamed host', port, scheme, code, count = 1 } = event
    const key = `${host} ${port} ${code}`
    const known = this.#blocked.get(key)
    if (known !== undefined) known.count += count
    if (known !== undefined || this.#blocked.size >= maxKept) return undefined
    const blocked = { host, port, scheme, code, env: variableOf(event), count }
    this.#blocked.set(key, blocked)
    return blocked
  }

  /** What was refused, the most frequent first. */
  list(): readonly Blocked[] {
    return [...this.#blocked.values()].sort((one, other) => other.count - one.count)
  }

  /** What a person should know, one line each, with what would help. */
  lines(): readonly string[] {
    const all = this.list()
    const lines = all.slice(0, maxLines).map((blocked) => this.line(blocked))
    return all.length > maxLines ? [...lines, `and ${all.length - maxLines} more; see coatcheck logs`] : lines
  }

  /** One refusal, with what would help. */
  line(blocked: Blocked): string {
    const { host, port, code, count } = blocked
    const place = port === undefined || port === 443 ? host : `${host}:${port}`
    const title =
      code === undefined ? 'refused' : problems[code].title.replace(/^[A-Z]/, (letter) => letter.toLowerCase())
    const times = count === 1 ? 'once' : `${count} times`
    return `blocked ${place} (${times}): ${title}${this.#cure(blocked)}`
  }

  #cure({ host, port, scheme, code, env }: Blocked): string {
    const place = placeOf(host, port, scheme)
    const grant = this.#grants.find((one) => one.env === env)
    switch (code) {
      case 'destination_denied':
        return `; --allow ${place} would let it through`
      case 'placeholder_wrong_destination':
        if (grant === undefined) return ''
        return `; the one in ${grant.env} is good for ${[...new Set(grant.to)].join(', ')}. If its key belongs there, store it with coatcheck secret create NAME --to ${place} and add --secret ${grant.env}=NAME`
      case 'foreign_credential': {
        const own = this.#grants.find(({ to }) =>
          to.some((text) => text.replace(/^https:\/\//, '').split('/')[0] === host),
        )
        if (own !== undefined) return `; send the placeholder in ${own.env} instead`
        return `; pass the key of ${host} as a secret: coatcheck secret create NAME --to ${place}, then --secret VARIABLE=NAME`
      }
      default:
        return ''
    }
  }
}

/** A destination as `--allow` and `--to` take it. */
function placeOf(host: string, port: number | undefined, scheme: string | undefined): string {
  if (scheme === 'http') return `http://${host}${port === undefined || port === 80 ? '' : `:${port}`}`
  return port === undefined || port === 443 ? host : `https://${host}:${port}`
}

function variableOf({ note = '' }: AuditEvent): string | undefined {
  return /(?:^|, )env: ([A-Za-z_]\w*)/.exec(note)?.[1]
}
