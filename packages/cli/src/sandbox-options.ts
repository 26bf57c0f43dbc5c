import type { Cap, SandboxCreate } from '@coatcheck/contract'
import { type Command, InvalidArgumentError } from 'commander'
import { collectCap } from './parse-cap.ts'
import { parseDuration } from './parse-duration.ts'
import { collect } from './parse-scopes.ts'
import { readRuleFiles } from './read-rule-files.ts'
import { collectPair } from './run/run-options.ts'

/** What a person asks of a new sandbox. */
export interface SandboxOptions {
  readonly name?: string
  readonly profile?: string
  readonly secret?: Readonly<Record<string, string>>
  readonly rules?: Readonly<Record<string, string>>
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly ttl?: number
  readonly lifetime?: number
  readonly label?: Readonly<Record<string, string>>
  readonly from?: readonly string[]
  readonly cap?: readonly Cap[]
}

/** Adds the options that describe a new sandbox to a command. */
export function addSandboxOptions(command: Command): Command {
  return command
    .option('--name <name>', 'what to call it')
    .option('--profile <name>', 'what it starts from: locked (when absent), dev, open, or a profile of your own')
    .option('--secret <ENV=name>', 'put a placeholder for a stored secret in a variable (repeatable)', collectPair)
    .option('--rules <ENV=file>', 'what may be done with it: a rule list in YAML or JSON (repeatable)', collectPair)
    .option('--allow <host>', 'let the sandbox reach a host (repeatable)', collect)
    .option('--deny <host>', 'never let it reach a host (repeatable)', collect)
    .option('--ttl <duration>', 'end it after this time: 90s, 30m, 8h (when absent)', parseDuration)
    .option(
      '--lifetime <duration>',
      'how long the thing outside lives: a fifth is added, and never doubled',
      parseDuration,
    )
    .option('--label <key=value>', 'a label, for lockdown (repeatable)', collectLabel)
    .option('--from <block>', 'address or CIDR block that it calls from (repeatable)', collect)
    .option('--cap <cap>', 'limit all of it together: 50usd/day, 1000requests/hour (repeatable)', collectCap)
}

/** The sandbox that was described. */
export function sandboxInput({
  secret,
  allow,
  deny,
  ttl,
  lifetime,
  label,
  cap,
  ...same
}: SandboxOptions): SandboxCreate {
  const { name, profile, from, rules } = same
  return {
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    ...(secret === undefined ? {} : { secrets: secret }),
    ...readRuleFiles(rules),
    network: { ...(allow === undefined ? {} : { allow }), ...(deny === undefined ? {} : { deny }) },
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }),
    ...(label === undefined ? {} : { labels: label }),
    ...(from === undefined ? {} : { from }),
    ...(cap === undefined ? {} : { caps: cap }),
  }
}

function collectLabel(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value = ''] = /^([^=]{1,63})=(.{0,255})$/s.exec(text) ?? []
  if (key === undefined) throw new InvalidArgumentError('Write a key, = and a value.')
  return { ...earlier, [key]: value }
}
