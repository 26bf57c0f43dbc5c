import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import { collect } from '../parse-scopes.ts'
import { type CredentialTool, credentialTools } from './credential-files/credential-file.ts'
import { parsePort } from './host-ports.ts'

/** What a person asks of a run. */
export interface RunOptions {
  readonly profile: string
  readonly secret?: Readonly<Record<string, string>>
  readonly rules?: Readonly<Record<string, string>>
  readonly allow?: readonly string[]
  readonly pass?: readonly string[]
  readonly mount?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly hostPort?: readonly number[]
  readonly ttl?: number
  readonly isolation: string
  readonly advisory?: boolean
  readonly baseUrls?: boolean
  readonly quiet?: boolean
  readonly detect: boolean
  readonly files?: readonly CredentialTool[]
  readonly tools: boolean
}

/** What `--isolation` can be; what is planned is refused in words of its own, and offered nowhere. */
const isolations = ['auto', 'process', 'advisory']
const plannedIsolations = ['container', 'vm']

/** Adds the options of `run` to a command. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'what it starts from: dev, locked, open, or a profile of your own', 'dev')
    .option('--secret <ENV=name>', 'put a placeholder for a stored secret in a variable (repeatable)', collectPair)
    .option('--rules <ENV=file>', 'what may be done with it: a rule list in YAML or JSON (repeatable)', collectPair)
    .option('--allow <host>', 'let the sandbox reach a host (repeatable)', collect)
    .option('--pass <variable>', 'hand on a variable as it is (repeatable)', collect)
    .option('--env <K=V>', 'set a variable; not for secrets (repeatable)', collectPair)
    .option('--mount <dir>', 'show another folder, with :ro to keep it as it is (repeatable)', collect)
    .option(
      '--host-port <port>',
      'let it reach this port of this machine, as host.coatcheck.internal (repeatable)',
      parsePort,
    )
    .option('--ttl <duration>', 'end the sandbox after this time: 90s, 30m, 8h', parseDuration)
    .option('--no-detect', 'withhold keys of the environment instead of protecting them')
    .option(
      '--files <tools>',
      `put files with placeholders in the place of a tool’s credential files: ${credentialTools.join(', ')}`,
      parseTools,
    )
    .option('--no-tools', 'do not show programs that are installed outside the system’s folders')
    .addOption(isolationOption())
    .option('--advisory', 'run it without a fence: it can bypass the broker')
    .option('--base-urls', 'send clients that read a base URL to the broker by it, with no certificate to trust')
    .option('--quiet', 'say nothing beside failures')
}

function isolationOption(): Option {
  const option = new Option('--isolation <kind>', 'how to fence it').choices(isolations).default('auto')
  return option.argParser((kind: string) => {
    if ([...isolations, ...plannedIsolations].includes(kind)) return kind
    throw new InvalidArgumentError(`Allowed choices are ${isolations.join(', ')}.`)
  })
}

/** Adds the tools of `gh,npm` to those that were named. */
function parseTools(text: string, earlier: readonly CredentialTool[] = []): readonly CredentialTool[] {
  const named = text.split(',').map((name) => credentialTools.find((tool) => tool === name.trim()))
  if (named.includes(undefined)) throw new InvalidArgumentError(`Name one or more of ${credentialTools.join(', ')}.`)
  return [...new Set([...earlier, ...named.filter((tool) => tool !== undefined)])]
}

/** Adds `NAME=text` to what a repeatable option collected. @throws InvalidArgumentError */
export function collectPair(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name = '', ...value] = text.split('=')
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.length === 0) {
    throw new InvalidArgumentError('Write the name of a variable, = and what it stands for.')
  }
  return { ...earlier, [name]: value.join('=') }
}
