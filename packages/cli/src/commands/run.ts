import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CoatcheckError, type CreatedSandbox } from '@coatcheck/contract'
import type { HostIdentity, Launcher, WorkspaceReport } from '@coatcheck/launchers'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import { collect } from '../parse-scopes.ts'
import { announcementLine } from '../run/announcement.ts'
import { childEnvironment } from '../run/child-environment.ts'
import { findCredentials } from '../run/find-credentials.ts'
import { missingProgramHint } from '../run/missing-program-hint.ts'
import { mountsFor } from '../run/mounts.ts'
import { runInSandbox } from '../run/run-in-sandbox.ts'
import type { Session, Work } from '../session.ts'
import { userEnvironment } from '../user-environment.ts'

/** Files of a working directory that look like configuration of ours. */
const ignoredFiles = ['coatcheck.yaml', 'coatcheck.yml']

const examples = `
Only what stands after -- runs in the sandbox. Its exit code is the exit code of this command.

Keys of known providers in your environment are protected for the run; every other variable stays outside unless it
is passed. The working directory is mounted, its secret files masked.

Examples:
  $ coatcheck run -- claude
  $ coatcheck run --secret STRIPE_SECRET_KEY=stripe -- node app.js
  $ coatcheck run --profile locked --allow example.com --pass NODE_ENV -- npm test`

interface RunOptions {
  readonly profile: string
  readonly secret?: Readonly<Record<string, string>>
  readonly allow?: readonly string[]
  readonly pass?: readonly string[]
  readonly mount?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly ttl?: number
  readonly detect: boolean
}

/** `coatcheck run`: one command in a sandbox, with placeholders for secrets. */
export function runCommand(session: Session): Command {
  return new Command('run')
    .description('run a command in a sandbox that holds placeholders instead of secrets')
    .argument('<command...>', 'program and arguments, after --')
    .option('--profile <name>', 'what the network rules start from: dev, locked or open', 'dev')
    .option('--secret <ENV=name>', 'put a placeholder for a stored secret in a variable (repeatable)', collectPair)
    .option('--allow <host>', 'let the sandbox reach a host (repeatable)', collect)
    .option('--pass <variable>', 'hand on a variable as it is (repeatable)', collect)
    .option('--env <K=V>', 'set a variable; not for secrets (repeatable)', collectPair)
    .option('--mount <dir>', 'show another folder, with :ro to keep it as it is (repeatable)', collect)
    .option('--ttl <duration>', 'end the sandbox after this time: 90s, 30m, 8h', parseDuration)
    .option('--no-detect', 'withhold keys of the environment instead of protecting them')
    .addOption(new Option('--isolation <kind>', 'how to fence it').choices(['auto', 'process']).default('auto'))
    .addHelpText('after', examples)
    .action((program: [string, ...string[]], options: RunOptions, command: Command) =>
      session.withBroker(command, (work) => run(session, work, program, options)),
    )
}

async function run(session: Session, work: Work, program: [string, ...string[]], options: RunOptions): Promise<void> {
  const { cwd, environment } = session.surroundings
  const { output, client } = work
  const ignored = ignoredFiles.filter((name) => existsSync(join(cwd, name)))
  // SECURITY: SEC-06. Whoever wrote the working directory does not choose what its agent may do.
  for (const name of ignored)
    output.note(`${name} in this folder is ignored; options come from the command line`, { ignored: name })

  const user = userEnvironment(environment)
  const { secret = {}, pass = [], env: set = {} } = options
  const taken = [...Object.keys(secret), ...pass, ...Object.keys(set)]
  const found = findCredentials(user, taken)
  for (const { variable, reason } of found.leftOut)
    output.note(`${variable} is withheld: ${reason}`, { withheld: variable, reason })
  const credentials = options.detect ? found.credentials : {}
  // Refuses impossible wishes before a sandbox exists.
  const reserved = Object.fromEntries([...Object.keys(secret), ...Object.keys(credentials)].map((name) => [name, '']))
  childEnvironment(user, { pass, set, placeholders: reserved })

  const { hostIdentityFor, processLauncher } = await import('@coatcheck/launchers')
  const identity = hostIdentityFor(cwd)
  const sandbox = await explainingFence(processLauncher, () =>
    client.sandboxes.create({
      name: basename(program[0]).slice(0, 63) || 'command',
      profile: options.profile,
      secrets: secret,
      credentials,
      network: { allow: options.allow ?? [] },
      ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
      launch: { isolation: 'process', ...identity },
    }),
  )
  const { env, withheld } = childEnvironment(user, { pass, set, placeholders: sandbox.connect.env })
  const { exitCode, blocked } = await runInSandbox({
    client,
    sandboxId: sandbox.id,
    hasTerminal: [session.surroundings.stdin, session.surroundings.stdout, session.surroundings.stderr].some(
      ({ isTTY }) => isTTY,
    ),
    async launch(signal) {
      const spec = launchSpec(work, sandbox, identity)
      // Said before the command starts, so that it does not land between the command's own lines.
      const prepared = (workspace: WorkspaceReport): void => {
        const announcement = { grants: sandbox.grants, withheld, passed: pass, workspace }
        output.note(announcementLine(announcement), { sandbox: sandbox.id, ...announcement })
      }
      const mounts = mountsFor(cwd, options.mount ?? [])
      return explainingFence(processLauncher, () =>
        processLauncher.launch({ ...spec, command: program, env, cwd, mounts, prepared }, signal),
      )
    },
  })
  if (exitCode === 127) for (const hint of missingProgramHint(program[0], user)) output.note(hint, { hint })
  for (const line of blocked.lines()) if (!output.json) output.note(line, {})
  if (output.json) output.note('', { exitCode, blocked: blocked.list() })
  session.exitCode = exitCode
}

function launchSpec({ home }: Work, { connect }: CreatedSandbox, identity: HostIdentity | undefined) {
  const { ca, gateway } = connect
  if (gateway === undefined) throw new CoatcheckError('launch_impossible', { reason: 'the broker opened no gateway' })
  return {
    gatewayPid: gateway.pid,
    resolverAddress: gateway.resolverAddress,
    caCertificate: ca,
    // SECURITY: SEC-04. Neither vault, nor key, nor a socket of the broker is ever within a mount.
    forbiddenPaths: [home.data, home.keys, home.run],
    stdio: 'inherit' as const,
    ...(identity === undefined ? {} : { runAs: identity }),
  }
}

/** Acts, and where the host cannot fence says which requirement is missing. */
async function explainingFence<Result>(launcher: Launcher, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'launch_impossible')) throw error
    const { missing } = await launcher.probe()
    if (missing.length === 0) throw error
    throw new CoatcheckError('launch_impossible', { missing: missing.join(' ') }, { cause: error })
  }
}

function collectPair(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [name = '', ...value] = text.split('=')
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.length === 0) {
    throw new InvalidArgumentError('Write the name of a variable, = and what it stands for.')
  }
  return { ...earlier, [name]: value.join('=') }
}
