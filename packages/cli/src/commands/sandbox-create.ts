import { CoatcheckError, type CreatedSandbox, type SandboxCreate } from '@coatcheck/contract'
import { Command, InvalidArgumentError } from 'commander'
import type { Connection } from '../connection.ts'
import { parseDuration } from '../parse-duration.ts'
import { collect } from '../parse-scopes.ts'
import { explainingFence } from '../run/explaining-fence.ts'
import { collectPair } from '../run/run-options.ts'
import { explainingSecrets } from '../run/unknown-secret.ts'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'

const examples = `
Without --launch the sandbox is registered only, and runs elsewhere: set the variables there, and let it reach the broker
through the addresses that are shown. With --launch it is opened on this host; sandbox exec runs commands in it.

Examples:
  $ coatcheck sandbox create --name ci --secret STRIPE_SECRET_KEY=stripe --lifetime 30m --from 10.1.0.0/16
  $ coatcheck sandbox create --launch --profile dev --secret GITHUB_TOKEN=github --label team=web`

interface CreateOptions {
  readonly name?: string
  readonly profile?: string
  readonly secret?: Readonly<Record<string, string>>
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly ttl?: number
  readonly lifetime?: number
  readonly label?: Readonly<Record<string, string>>
  readonly from?: readonly string[]
  readonly launch?: boolean
}

/** `coatcheck sandbox create` */
export function sandboxCreateCommand(session: Session): Command {
  return new Command('create')
    .description('register a sandbox that runs elsewhere, or open one on this host')
    .option('--name <name>', 'what to call it')
    .option('--profile <name>', 'what the network rules start from: locked (when absent), dev or open')
    .option('--secret <ENV=name>', 'put a placeholder for a stored secret in a variable (repeatable)', collectPair)
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
    .option('--launch', 'open it on this host, with a fence')
    .addHelpText('after', examples)
    .action((options: CreateOptions, self: Command) =>
      session.withBroker(self, async ({ broker, client, output }) => {
        const launch = options.launch === true ? await launchHere(broker, session.surroundings.cwd) : undefined
        const { secret = {} } = options
        const create = () => client.sandboxes.create(inputFrom(options, launch))
        const created = await explainingSecrets(client, secret, launch === undefined ? create : () => fenced(create))
        output.show(created, () => createdLines(created))
        const shown = { sandbox: created.id, shownOnce: ['token'] }
        output.note('the token, and every address with it, is shown this once', shown)
      }),
    )
}

function inputFrom(options: CreateOptions, launch: SandboxCreate['launch']): SandboxCreate {
  const { name, profile, secret, allow, deny, ttl, lifetime, label, from } = options
  return {
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    ...(secret === undefined ? {} : { secrets: secret }),
    network: { ...(allow === undefined ? {} : { allow }), ...(deny === undefined ? {} : { deny }) },
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }),
    ...(label === undefined ? {} : { labels: label }),
    ...(from === undefined ? {} : { from }),
    ...(launch === undefined ? {} : { launch }),
  }
}

/** @throws CoatcheckError `request_invalid` */
async function launchHere(broker: Connection['broker'], cwd: string): Promise<NonNullable<SandboxCreate['launch']>> {
  if (broker !== 'running') {
    const reason = 'a sandbox on this host lives as long as its broker: start coatcheck serve here first'
    throw new CoatcheckError('request_invalid', { reason })
  }
  const { hostIdentityFor } = await import('@coatcheck/launchers')
  return { isolation: 'process', detached: true, ...hostIdentityFor(cwd) }
}

async function fenced<Result>(act: () => Promise<Result>): Promise<Result> {
  const { processLauncher } = await import('@coatcheck/launchers')
  return explainingFence(processLauncher, act)
}

function createdLines({ id, expiresAt, fence, token, connect }: CreatedSandbox): readonly string[] {
  const { env, proxyUrl, gatewayUrl } = connect
  const next =
    fence === 'kernel'
      ? `Run commands in it: coatcheck sandbox exec ${id} -- COMMAND`
      : 'Set these variables where it runs; --json has the certificate that its programs must trust.'
  return [
    ...fieldLines([
      ['sandbox', id],
      ['expires', expiresAt],
      ['token', token],
      ...(proxyUrl === undefined ? [] : [['proxy', proxyUrl] as const]),
      ...(gatewayUrl === undefined ? [] : [['base URLs', gatewayUrl] as const]),
    ]),
    ...Object.entries(env).map(([name, placeholder]) => `${name}=${placeholder}`),
    next,
  ]
}

function collectLabel(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value = ''] = /^([^=]{1,63})=(.{0,255})$/s.exec(text) ?? []
  if (key === undefined) throw new InvalidArgumentError('Write a key, = and a value.')
  return { ...earlier, [key]: value }
}
