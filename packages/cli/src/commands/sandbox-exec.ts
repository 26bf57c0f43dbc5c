import { homedir } from 'node:os'
import { CoatcheckError, type SandboxConnection } from '@coatcheck/contract'
import { Command } from 'commander'
import { collect } from '../parse-scopes.ts'
import { callerRoots } from '../run/caller-roots.ts'
import { childEnvironment } from '../run/child-environment.ts'
import { explainingFence } from '../run/explaining-fence.ts'
import { demandSourcesApart, keptApart } from '../run/kept-apart.ts'
import { mountsFor } from '../run/mounts.ts'
import { demandActive, killedExitCode, superviseCommand } from '../run/run-in-sandbox.ts'
import { collectPair } from '../run/run-options.ts'
import { findTools } from '../run/tools/find-tools.ts'
import type { Session, Work } from '../session.ts'
import { userEnvironment } from '../user-environment.ts'

const examples = `
The command gets the placeholders that are attached now. The working directory is mounted, its secret files masked, as for
run. It ends with its own exit code, and at the latest with the sandbox.

Examples:
  $ coatcheck sandbox exec sbx_7q2m -- bash
  $ coatcheck sandbox exec sbx_7q2m --pass NODE_ENV -- npm test`

interface ExecOptions {
  readonly pass?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly mount?: readonly string[]
}

/** `coatcheck sandbox exec`: a further command in a sandbox that was launched on this host. */
export function sandboxExecCommand(session: Session): Command {
  return new Command('exec')
    .description('run a command in a sandbox that was opened on this host')
    .argument('<id>', 'which sandbox, as sandbox list shows it')
    .argument('<command...>', 'program and arguments, after --')
    .option('--pass <variable>', 'hand on a variable as it is (repeatable)', collect)
    .option('--env <K=V>', 'set a variable; not for secrets (repeatable)', collectPair)
    .option('--mount <dir>', 'show another folder, with :ro to keep it as it is (repeatable)', collect)
    .addHelpText('after', examples)
    .action((id: string, program: [string, ...string[]], options: ExecOptions, self: Command) =>
      session.withBroker(self, (work) => exec(session, work, id, program, options)),
    )
}

async function exec(
  session: Session,
  { client, home }: Work,
  id: string,
  program: [string, ...string[]],
  { pass = [], env: set = {}, mount = [] }: ExecOptions,
): Promise<void> {
  const { cwd, environment, stdin, stdout, stderr } = session.surroundings
  const connection = await client.sandboxes.connect(id)
  const { pid, resolverAddress, runAs } = gatewayOf(connection)
  const user = userEnvironment(environment)
  const { env } = childEnvironment(user, { pass, set, placeholders: connection.env })
  const asked = mountsFor(cwd, mount)
  await demandSourcesApart(asked, home)
  const tools = findTools({ program: program[0], user, home: user['HOME'] ?? homedir(), cwd, mounts: asked })
  const { processLauncher } = await import('@coatcheck/launchers')
  const launch = (signal: AbortSignal) =>
    processLauncher.launch(
      {
        gatewayPid: pid,
        resolverAddress,
        // The gateway belongs to whoever the sandbox runs as, whichever folder this command is started in.
        ...(runAs === undefined ? {} : { runAs }),
        command: program,
        env: { ...tools.env, ...env },
        caCertificate: connection.ca + callerRoots(user),
        cwd,
        mounts: [...asked, ...tools.mounts],
        links: tools.links,
        forbiddenPaths: keptApart(home),
        stdio: 'inherit',
      },
      signal,
    )
  const hasTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY)
  const exitCode = await superviseCommand(
    { launch: (signal) => explainingFence(processLauncher, () => launch(signal)), hasTerminal },
    // The gateway takes every process of the sandbox with it.
    new AbortController().signal,
  )
  if (exitCode === killedExitCode) demandActive(await client.sandboxes.get(id))
  session.exitCode = exitCode
}

/** @throws CoatcheckError `request_invalid` */
function gatewayOf({ gateway }: SandboxConnection): NonNullable<SandboxConnection['gateway']> {
  if (gateway !== undefined) return gateway
  throw new CoatcheckError('request_invalid', { reason: 'this sandbox runs elsewhere: run the command there' })
}
