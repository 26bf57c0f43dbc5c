import { parseArgs } from 'node:util'

/** What is soaked, and for how long. */
export type SoakOptions =
  | { readonly kind: 'http'; readonly seconds: number }
  | { readonly kind: 'sockets'; readonly sessions: number }

/** What `--help` says. */
export const soakUsage = `Usage: npm run soak -- [--seconds N]            HTTP/1.1 and HTTP/2, for so long (default 600)
       npm run soak -- sockets [--sessions N]   sessions of PostgreSQL, so many (default 1000)

Ends with 1 when anything leaks, hangs, or is not recorded once.`

/** Reads the command line; undefined when help is wanted. @throws TypeError for what it does not know */
export function parseSoakOptions(args: readonly string[]): SoakOptions | undefined {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      sessions: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const [kind = 'http', ...rest] = positionals
  if (rest.length > 0 || (kind !== 'http' && kind !== 'sockets')) {
    throw new TypeError(`there is nothing to soak that is called ${[kind, ...rest].join(' ')}\n\n${soakUsage}`)
  }
  const other = kind === 'http' ? 'sessions' : 'seconds'
  if (values[other] !== undefined) throw new TypeError(`--${other} does not go with this soak\n\n${soakUsage}`)
  if (kind === 'http') return { kind, seconds: positive('seconds', values.seconds ?? '600') }
  return { kind, sessions: positive('sessions', values.sessions ?? '1000') }
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new TypeError(`--${option}: ${text} is not a whole number above 0\n\n${soakUsage}`)
  }
  return number
}
