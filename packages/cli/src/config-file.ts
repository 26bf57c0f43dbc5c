import { hash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { StartConfig } from '@coatcheck/broker'
import type { CoatcheckError } from '@coatcheck/contract'
import { type Command, InvalidArgumentError, type Option } from 'commander'
import { type ConfigMember, configMembers } from './config-members.ts'
import { configRefusal } from './config-refusal.ts'
import { plainValue } from './config-value.ts'
import { declaringMembers } from './declared-members.ts'
import { collect } from './parse-scopes.ts'
import type { ServeOptions } from './serve-settings.ts'

/** Longest configuration, in bytes. */
const maxBytes = 65_536
/** Longest text in it, in characters. */
const maxTextLength = 4_096
/** Options that answer one question; one of them on the command line stands over all of the file. */
const together: readonly ReadonlySet<string>[] = [new Set(['upstreamProxy', 'upstreamProxyFile'])]

/** Options of `serve`, and the file that some of them come from. */
export interface ConfiguredServe {
  readonly options: ServeOptions
  readonly config?: StartConfig
}

/** Tells whether a text is more likely a credential than a name. */
type Suspect = (text: string) => boolean

/**
 * The options of `serve`, with those of its configuration where the command line is silent, and what that declares beside them.
 * Paths of the file start in its folder.
 * SECURITY: SEC-06. Only a file that was named is read, only its owner and root may write it, and nothing of it is repeated in a refusal.
 * @throws CoatcheckError `settings_invalid`
 */
export async function withConfigFile(options: ServeOptions, command: Command, cwd: string): Promise<ConfiguredServe> {
  if (options.config === undefined) return { options }
  const { looksLikeCredential, readOwnedFile } = await import('@coatcheck/broker/offline')
  const path = resolve(cwd, options.config)
  const text = readOwnedFile(path, maxBytes, configRefusal)
  const all = configMembers(text)
  const members = all.filter(({ name }) => !declaringMembers.has(name))
  const declared = command.options.filter(({ hidden, long }) => !hidden && long !== '--config')
  const read = members.map((member) => {
    const option = optionOf(member, declared)
    return [member.name, readValue(member, option, dirname(path), looksLikeCredential)] as const
  })
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli'
  const isOverruled = (name: string) =>
    isGiven(name) || together.some((group) => group.has(name) && [...group].some(isGiven))
  return {
    options: { ...options, ...Object.fromEntries(read.filter(([name]) => !isOverruled(name))) },
    config: {
      sha256: hash('sha256', text, 'hex'),
      members: all
        .filter(({ name }) => declaringMembers.has(name))
        .map(({ name, line, value }) => ({ name, line, value: plainValue(value, line) })),
    },
  }
}

function optionOf({ name, line, value }: ConfigMember, declared: readonly Option[]): Option {
  const named = declared.filter((option) => option.attributeName() === name)
  const found = named.find(({ negate }) => negate === (value === false)) ?? named[0]
  if (found !== undefined) return found
  // SECURITY: the name is not repeated; somebody may have put a value in its place.
  const names = [...new Set([...declared.map((option) => option.attributeName()), ...declaringMembers])].join(', ')
  throw configRefusal(`line ${line}: there is no such member; there are ${names}`)
}

function readValue({ name, line, value }: ConfigMember, option: Option, folder: string, suspect: Suspect): unknown {
  const refuse = (what: string) => configRefusal(`line ${line}: ${name} ${what}`)
  if (option.negate && value === false) return false
  if (option.isBoolean()) {
    if (typeof value === 'boolean') return value
    throw refuse('is not true or false')
  }
  const parse = (written: unknown): unknown => {
    const text = textOf(written, option)
    if (text === undefined) throw refuse(`is not a text for ${option.flags}`)
    // SECURITY: many may read this file, and it is kept in repositories.
    if (isSecret(text, suspect)) throw refuse('looks like it holds a secret; put that into a file of its own')
    return option.flags.includes('<file>') ? resolve(folder, text) : parsed(option, text, refuse)
  }
  if (option.parseArg !== collect) return parse(value)
  if (Array.isArray(value) && value.length > 0) return value.flatMap((each) => parse(each))
  throw refuse('is not a list')
}

function textOf(written: unknown, { flags }: Option): string | undefined {
  if (typeof written === 'number' && /<(?:n|size)>/.test(flags)) return String(written)
  const isText = typeof written === 'string' && written !== '' && written.length <= maxTextLength
  return isText ? written : undefined
}

function isSecret(text: string, suspect: Suspect): boolean {
  return /[\r\n]|-----BEGIN |:\/\/[^/]*@/.test(text) || text.split('/').some(suspect)
}

/** What the option makes of a text, as if it had been given on the command line. */
function parsed(option: Option, text: string, refuse: (what: string) => CoatcheckError): unknown {
  try {
    return option.parseArg === undefined ? text : option.parseArg(text, undefined)
  } catch (error) {
    throw error instanceof InvalidArgumentError ? refuse(`is not as it should be: ${error.message}`) : error
  }
}
