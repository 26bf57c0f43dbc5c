import {
  namesOfClass,
  type RedisClass,
  type RedisFamily,
  readingFamilies,
  redisCommands,
} from '../../injection/redis-commands.ts'
import { NameTable } from './name-table.ts'
import type { ScopeOptions } from './scope-options.ts'

/** What happens to a command: `login` is looked into, `reply` notes whether replies are wanted, `reset` ends the login. */
export type CommandFate = 'pass' | 'refuse' | 'login' | 'reply' | 'reset'

/** One command that is known, or that a scope names. */
export interface KnownCommand {
  /** As journals and refusals name it. */
  readonly name: string
  readonly fate: CommandFate
  /** Present where the second word of the command decides. */
  readonly parts: NameTable<KnownCommand> | undefined
}

const fates: Readonly<Record<string, CommandFate>> = {
  auth: 'login',
  hello: 'login',
  reset: 'reset',
  'client|reply': 'reply',
}
const prefixMark = '.*'

/** Which commands of a client reach the service. SECURITY: a command that is in no list is refused. */
export class CommandRules {
  readonly #table: NameTable<KnownCommand>
  /** Beginnings of names that the scope allows, each with its dot. */
  readonly #prefixes: readonly string[]

  constructor({ access, commands }: Pick<ScopeOptions, 'access' | 'commands'>) {
    const entries = commands?.map((entry) => entry.toLowerCase())
    const isReading = access === 'read-only'
    const allowed = new Map<string, boolean>()
    for (const kind of Object.keys(redisCommands) as RedisClass[]) {
      for (const name of namesOfClass(kind)) allowed.set(name, isAllowed(name, kind, entries, isReading))
    }
    // What is not known is not known to read.
    for (const name of isReading ? [] : (entries ?? [])) {
      if (!name.startsWith('@') && !name.endsWith(prefixMark) && !allowed.has(name)) allowed.set(name, true)
    }
    this.#prefixes = isReading
      ? []
      : (entries ?? []).filter((entry) => entry.endsWith(prefixMark)).map((entry) => entry.slice(0, -1))
    this.#table = tableOf(allowed)
  }

  /** The command that bytes name; undefined for one that is refused as unknown. */
  find(bytes: Buffer, start: number, end: number): KnownCommand | undefined {
    const found = this.#table.find(bytes, start, end)
    if (found !== undefined || this.#prefixes.length === 0) return found
    const name = bytes.toString('latin1', start, end).toLowerCase()
    if (!this.#prefixes.some((prefix) => name.startsWith(prefix))) return undefined
    return { name, fate: 'pass', parts: undefined }
  }
}

function isAllowed(
  name: string,
  kind: RedisClass,
  entries: readonly string[] | undefined,
  isReading: boolean,
): boolean {
  if (kind === 'never') return false
  if (isReading && !readingFamilies.has(kind)) return false
  if (kind === 'connection') return true
  if (entries === undefined) return kind !== 'named'
  const isFamily = kind !== 'named' && entries.includes(`@${kind satisfies RedisFamily}`)
  const prefix = name.includes('.') ? `${name.slice(0, name.indexOf('.'))}${prefixMark}` : name
  const isContainer = entries.includes(name.split('|')[0]!)
  return isFamily || isContainer || entries.includes(name) || entries.includes(prefix)
}

function tableOf(allowed: ReadonlyMap<string, boolean>): NameTable<KnownCommand> {
  const parts = new Map<string, Map<string, KnownCommand>>()
  const whole = new Map<string, KnownCommand>()
  for (const [name, isPassed] of allowed) {
    const [first = '', part] = name.split('|')
    const command = { name, fate: isPassed ? (fates[name] ?? 'pass') : 'refuse', parts: undefined } as const
    if (part === undefined) whole.set(first, command)
    else parts.set(first, (parts.get(first) ?? new Map<string, KnownCommand>()).set(part, command))
  }
  for (const [first, known] of parts) {
    const fate = whole.get(first)?.fate ?? 'refuse'
    whole.set(first, { name: first, fate, parts: new NameTable(known) })
  }
  return new NameTable(whole)
}
