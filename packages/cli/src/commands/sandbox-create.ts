import { X509Certificate } from 'node:crypto'
import { CoatcheckError, type CreatedSandbox, type SandboxCreate } from '@coatcheck/contract'
import { Command } from 'commander'
import type { Connection } from '../connection.ts'
import { explainingFence } from '../run/explaining-fence.ts'
import { explainingSecrets } from '../run/unknown-secret.ts'
import { addSandboxOptions, type SandboxOptions, sandboxInput } from '../sandbox-options.ts'
import type { Session, Work } from '../session.ts'
import { fieldLines } from '../table.ts'

const examples = `
Without --launch the sandbox is registered only, and runs elsewhere: set the variables there, and let it reach the broker
through the addresses that are shown. With --launch it is opened on this host; sandbox exec runs commands in it.

Examples:
  $ coatcheck sandbox create --name ci --secret STRIPE_SECRET_KEY=stripe --lifetime 30m --from 10.1.0.0/16
  $ coatcheck sandbox create --launch --profile dev --secret GITHUB_TOKEN=github --label team=web`

interface CreateOptions extends SandboxOptions {
  readonly launch?: boolean
  readonly constrainCa?: boolean
}

/** `coatcheck sandbox create` */
export function sandboxCreateCommand(session: Session): Command {
  return addSandboxOptions(
    new Command('create').description('register a sandbox that runs elsewhere, or open one on this host'),
  )
    .option('--constrain-ca', 'hold its authority to the hosts of its secrets, so that coatcheck trust may install it')
    .option('--launch', 'open it on this host, with a fence')
    .addHelpText('after', examples)
    .action((options: CreateOptions, self: Command) => {
      const act = (work: Work) => create(work, options, session.surroundings.cwd)
      return options.launch === true
        ? session.withServingBroker(self, act, noPlaceToLive)
        : session.withBroker(self, act)
    })
}

async function create({ broker, client, output }: Work, options: CreateOptions, cwd: string): Promise<void> {
  const launch = options.launch === true ? await launchHere(broker, cwd) : undefined
  const { secret = {}, constrainCa } = options
  const ask = () =>
    client.sandboxes.create({
      ...sandboxInput(options),
      ...(launch === undefined ? {} : { launch }),
      ...(constrainCa === undefined ? {} : { constrainCa }),
    })
  const created = await explainingSecrets(client, secret, launch === undefined ? ask : () => fenced(ask))
  output.show(created, () => createdLines(created))
  const shown = { sandbox: created.id, shownOnce: ['token'] }
  output.note('the token, and every address with it, is shown this once', shown)
}

function noPlaceToLive(): CoatcheckError {
  const reason = 'a sandbox on this host lives as long as its broker: start coatcheck serve here first'
  return new CoatcheckError('request_invalid', { reason })
}

/** @throws CoatcheckError `request_invalid` */
async function launchHere(broker: Connection['broker'], cwd: string): Promise<NonNullable<SandboxCreate['launch']>> {
  if (broker !== 'running') throw noPlaceToLive()
  const { hostIdentityFor } = await import('@coatcheck/launchers')
  return { isolation: 'process', detached: true, ...hostIdentityFor(cwd) }
}

async function fenced<Result>(act: () => Promise<Result>): Promise<Result> {
  const { processLauncher } = await import('@coatcheck/launchers')
  return explainingFence(processLauncher, act)
}

function createdLines({ id, expiresAt, fence, token, connect, caNames }: CreatedSandbox): readonly string[] {
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
      ...(caNames === undefined ? [] : [['authority', new X509Certificate(connect.ca).fingerprint256] as const]),
    ]),
    ...Object.entries(env).map(([name, placeholder]) => `${name}=${placeholder}`),
    next,
  ]
}
