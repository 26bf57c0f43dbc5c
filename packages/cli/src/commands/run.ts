import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { CoatcheckError, type CreatedSandbox } from '@coatcheck/contract'
import type { HostIdentity, WorkspaceReport } from '@coatcheck/launchers'
import { Command } from 'commander'
import { announcementLine } from '../run/announcement.ts'
import { BlockedHosts } from '../run/blocked-hosts.ts'
import { callerRoots } from '../run/caller-roots.ts'
import { demandIsolation, explainingFence } from '../run/explaining-fence.ts'
import { hostPortRules } from '../run/host-ports.ts'
import { LiveRefusals } from '../run/live-refusals.ts'
import { missingProgramHint } from '../run/missing-program-hint.ts'
import { mountsFor } from '../run/mounts.ts'
import { planEnvironment } from '../run/plan-environment.ts'
import { runInSandbox } from '../run/run-in-sandbox.ts'
import { addRunOptions, type RunOptions } from '../run/run-options.ts'
import { findTools, noTools } from '../run/tools/find-tools.ts'
import { explainingSecrets } from '../run/unknown-secret.ts'
import { withheldAdvice } from '../run/withheld-advice.ts'
import type { Session, Work } from '../session.ts'
import { userEnvironment } from '../user-environment.ts'

/** Files of a working directory that look like configuration of ours. */
const ignoredFiles = ['coatcheck.yaml', 'coatcheck.yml']

const examples = `
Only what stands after -- runs in the sandbox. Its exit code is the exit code of this command.

Keys of known providers in your environment are protected for the run; every other variable stays outside unless it
is passed. The working directory is mounted, its secret files masked. Programs of your PATH are shown read-only, wherever
they are installed.

Examples:
  $ coatcheck run -- claude
  $ coatcheck run --secret STRIPE_SECRET_KEY=stripe -- node app.js
  $ coatcheck run --profile locked --allow example.com --pass NODE_ENV -- npm test`

/** `coatcheck run`: one command in a sandbox, with placeholders for secrets. */
export function runCommand(session: Session): Command {
  return addRunOptions(new Command('run'))
    .description('run a command in a sandbox that holds placeholders instead of secrets')
    .argument('<command...>', 'program and arguments, after --')
    .addHelpText('after', examples)
    .action((program: [string, ...string[]], options: RunOptions, command: Command) =>
      session.withBroker(command, (work) => run(session, work, program, options)),
    )
}

async function run(session: Session, work: Work, program: [string, ...string[]], options: RunOptions): Promise<void> {
  const { cwd, environment, stdin, stdout, stderr } = session.surroundings
  const { client } = work
  const output = options.quiet === true ? work.output.quiet() : work.output
  demandIsolation(options.isolation)
  const ignored = ignoredFiles.filter((name) => existsSync(join(cwd, name)))
  // SECURITY: SEC-06. Whoever wrote the working directory does not choose what its agent may do.
  for (const name of ignored)
    output.note(`${name} in this folder is ignored; options come from the command line`, { ignored: name })

  const user = userEnvironment(environment)
  const plan = planEnvironment(user, options)
  for (const { variable, reason } of plan.leftOut)
    output.note(`${variable} is withheld: ${reason}`, { withheld: variable, reason })

  const { hostIdentityFor, processLauncher } = await import('@coatcheck/launchers')
  const identity = hostIdentityFor(cwd)
  const allow = [...(options.allow ?? []), ...hostPortRules(options.hostPort ?? [])]
  const sandbox = await explainingSecrets(client, plan.wishes.secrets, () =>
    explainingFence(processLauncher, () =>
      client.sandboxes.create({
        name: basename(program[0]).slice(0, 63) || 'command',
        profile: options.profile,
        ...plan.wishes,
        network: { allow },
        ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
        launch: { isolation: 'process', ...identity },
      }),
    ),
  )
  const { env, withheld } = plan.complete(sandbox.connect.env)
  const home = user['HOME'] ?? homedir()
  const asked = mountsFor(cwd, options.mount ?? [])
  const tools = options.tools ? findTools({ program: program[0], user, home, cwd, mounts: asked }) : noTools
  const blocked = new BlockedHosts(sandbox.grants)
  const live = new LiveRefusals({ terminal: stderr, tell: (first) => output.note(blocked.line(first), {}) })
  let workspace: WorkspaceReport | undefined
  const exitCode = await runInSandbox({
    client,
    sandboxId: sandbox.id,
    hasTerminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY),
    refusals: { blocked, ...(stderr.isTTY && !output.json ? { onBlocked: (first) => void live.report(first) } : {}) },
    launch: (signal) =>
      explainingFence(processLauncher, () =>
        processLauncher.launch(
          {
            ...launchSpec(work, sandbox, identity),
            caCertificate: sandbox.connect.ca + callerRoots(user),
            command: program,
            env: { ...tools.env, ...env },
            cwd,
            mounts: [...asked, ...tools.mounts],
            links: tools.links,
            // Said before the command starts, so that it does not land between the command's own lines.
            prepared(report) {
              workspace = report
              const facts = {
                profile: options.profile,
                grants: sandbox.grants,
                withheld,
                passed: plan.passed,
                workspace,
              }
              output.note(announcementLine(facts, home), { sandbox: sandbox.id, ...facts })
            },
          },
          signal,
        ),
      ),
  })
  const hidden = { refused: tools.refused, leftOut: workspace?.toolsLeftOut ?? [] }
  const hints = [
    ...(exitCode === 127 ? missingProgramHint(program[0], user, hidden) : []),
    ...withheldAdvice(exitCode, withheld),
  ]
  for (const hint of hints) output.note(hint, { hint })
  if (output.json) output.note('', { exitCode, blocked: blocked.list() })
  else for (const line of blocked.lines()) output.note(line, {})
  session.exitCode = exitCode
}

function launchSpec({ home }: Work, { connect }: CreatedSandbox, identity: HostIdentity | undefined) {
  const { gateway } = connect
  if (gateway === undefined) throw new CoatcheckError('launch_impossible', { reason: 'the broker opened no gateway' })
  return {
    gatewayPid: gateway.pid,
    resolverAddress: gateway.resolverAddress,
    // SECURITY: SEC-04. Neither vault, nor key, nor a socket of the broker is ever within a mount.
    forbiddenPaths: [home.data, home.keys, home.run],
    stdio: 'inherit' as const,
    ...(identity === undefined ? {} : { runAs: identity }),
  }
}
