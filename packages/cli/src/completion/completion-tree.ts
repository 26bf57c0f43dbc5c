import { type Command as CompletedCommand, RootCommand } from '@bomb.sh/tab'
import type { Command, Option } from 'commander'

/** Names that exist now, for arguments and options that take one. */
export interface KnownNames {
  readonly secrets: readonly string[]
  readonly sandboxes: readonly string[]
  /** Ids of virtual keys. */
  readonly keys: readonly string[]
  readonly providers: readonly string[]
  readonly profiles: readonly string[]
}

type Suggest = (complete: (value: string, description: string) => void) => void

/** The command with all it can do, in the form that shells are given completions from. */
export function completionTree(program: Command, names: KnownNames): RootCommand {
  const root = new RootCommand()
  describe(root, program, names)
  for (const [path, command] of commandsBelow(program, '')) {
    describe(root.command(path, command.description()), command, names, path)
  }
  return root
}

function describe(node: CompletedCommand, command: Command, names: KnownNames, path = ''): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const long = option.long?.slice(2)
    if (long === undefined) continue
    const short = option.short?.slice(1)
    const suggest = suggestionsFor(option, names)
    if (suggest === undefined) node.option(long, option.description, short)
    else node.option(long, option.description, suggest, short)
  }
  for (const argument of command.registeredArguments) {
    const values = argument.argChoices ?? namesFor(path, argument.name(), names)
    node.argument(argument.name(), suggesting(values), argument.variadic)
  }
}

function suggestionsFor(option: Option, names: KnownNames): Suggest | undefined {
  if (!option.required && !option.optional) return undefined
  const byName: Readonly<Record<string, readonly string[]>> = {
    secret: names.secrets,
    sandbox: names.sandboxes,
    key: names.keys,
    provider: names.providers,
    profile: names.profiles,
  }
  return suggesting(option.argChoices ?? byName[option.attributeName()] ?? [])
}

/** What an argument of this name means depends on the command that takes it. */
function namesFor(path: string, argument: string, names: KnownNames): readonly string[] {
  const [collection = '', verb] = path.split(' ')
  if (verb === 'create' || verb === 'apply') return []
  if (collection === 'secret' && argument === 'name') return names.secrets
  if (collection === 'sandbox' && argument === 'id') return names.sandboxes
  if (collection === 'key' && argument === 'id') return names.keys
  if (collection === 'provider') return names.providers
  return collection === 'profile' ? names.profiles : []
}

function suggesting(values: readonly string[]): Suggest {
  return (complete) => {
    for (const value of values) complete(value, '')
  }
}

function* commandsBelow(command: Command, path: string): Generator<[string, Command]> {
  for (const child of command.createHelp().visibleCommands(command)) {
    const own = path === '' ? child.name() : `${path} ${child.name()}`
    yield [own, child]
    yield* commandsBelow(child, own)
  }
}
