import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { CoatcheckError, type SandboxCreate } from '@coatcheck/contract'
import { Command } from 'commander'
import { readRuleFiles } from '../read-rule-files.ts'
import { announcementLine } from '../run/announcement.ts'
import { BlockedHosts } from '../run/blocked-hosts.ts'
import { toolsWithFiles } from '../run/credential-files/file-places.ts'
import type { ProtectedFiles } from '../run/credential-files/protect-files.ts'
import { demandIsolation, explainingFence } from '../run/explaining-fence.ts'
import { FencedCommand } from '../run/fenced-command.ts'
import { hostPortRules } from '../run/host-ports.ts'
import { demandApart, demandSourcesApart } from '../run/kept-apart.ts'
import { LiveRefusals } from '../run/live-refusals.ts'
import { demandMounts, mountsFor } from '../run/mounts.ts'
import { type EnvironmentPlan, planEnvironment } from '../run/plan-environment.ts'
import { planWithProfile } from '../run/plan-with-profile.ts'
import { advisoryWarning, runAdvisory } from '../run/run-advisory.ts'
import { runInSandbox } from '../run/run-in-sandbox.ts'
import { addRunOptions, type RunOptions } from '../run/run-options.ts'
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

/** A private broker for a command without a fence has a listener for it, on loopback. */
const advisorySettings = { proxy: { listen: { host: '127.0.0.1', port: 0 } } }

/** `coatcheck run`: one command in a sandbox, with placeholders for secrets. */
export function runCommand(session: Session): Command {
  return addRunOptions(new Command('run'))
    .description('run a command in a sandbox that holds placeholders instead of secrets')
    .argument('<command...>', 'program and arguments, after --')
    .addHelpText('after', examples)
    .action(async (program: [string, ...string[]], options: RunOptions, command: Command) => {
      // What the command line alone shows to be wrong starts no broker.
      demandIsolation(options.isolation)
      const { cwd, environment } = session.surroundings
      const mounts = mountsFor(cwd, options.mount ?? [])
      demandMounts(mounts)
      if (isAdvisory(options)) demandNoFiles(options)
      else {
        demandApart(mounts, session.home(command))
        await demandSourcesApart(mounts, session.home(command))
      }
      const user = userEnvironment(environment)
      const owner = { home: user['HOME'] ?? homedir(), user }
      const shown = mounts.map(({ source }) => source)
      const files = options.files && (await loadProtection())(options.files, owner, shown)
      const unprotected = isAdvisory(options)
        ? []
        : toolsWithFiles(owner).filter((tool) => options.files?.includes(tool) !== true)
      const wish = { program, options, user, plan: planEnvironment(user, options), files, unprotected }
      const settings = isAdvisory(options) ? advisorySettings : undefined
      return session.withBroker(command, (work) => run(session, work, wish), undefined, settings)
    })
}

/** What a person wants to run, read from the command line and the environment. */
interface Wish {
  readonly program: [string, ...string[]]
  readonly options: RunOptions
  readonly user: Readonly<Record<string, string>>
  readonly plan: EnvironmentPlan
  /** Absent where none was asked for. */
  readonly files: ProtectedFiles | undefined
  /** Tools whose credential files were not asked for. */
  readonly unprotected: readonly string[]
}

function isAdvisory({ advisory, isolation }: RunOptions): boolean {
  return advisory === true || isolation === 'advisory'
}

/** What reads the formats of files takes a while to load. */
async function loadProtection() {
  return (await import('../run/credential-files/protect-files.ts')).protectFiles
}

/** Without a fence the command sees the real files. @throws CoatcheckError `request_invalid` */
function demandNoFiles({ files }: RunOptions): void {
  if (files === undefined) return
  throw new CoatcheckError('request_invalid', { reason: '--files needs a fence; without one the real files are seen' })
}

async function run(session: Session, work: Work, wish: Wish): Promise<void> {
  const { program, options, user, files, unprotected } = wish
  const plan = await planWithProfile(work.client, wish)
  const { cwd, stdin, stdout, stderr } = session.surroundings
  const output = options.quiet === true ? work.output.quiet() : work.output
  const ignored = ignoredFiles.filter((name) => existsSync(join(cwd, name)))
  // SECURITY: SEC-06. Whoever wrote the working directory does not choose what its agent may do.
  for (const name of ignored)
    output.note(`${name} in this folder is ignored; options come from the command line`, { ignored: name })

  for (const { variable, reason } of plan.leftOut)
    output.note(`${variable} is withheld: ${reason}`, { withheld: variable, reason })

  for (const reason of files?.leftOut ?? []) output.note(reason, { leftOut: reason })

  const { hostIdentityFor, processLauncher } = await import('@coatcheck/launchers')
  const identity = isAdvisory(options) ? undefined : hostIdentityFor(cwd)
  const rules = readRuleFiles(options.rules)
  const fenced: Pick<SandboxCreate, 'from' | 'launch'> = isAdvisory(options)
    ? { from: ['127.0.0.1', '::1'] }
    : { launch: { isolation: 'process', ...identity } }
  const sandbox = await explainingSecrets(work.client, plan.wishes.secrets, () =>
    explainingFence(processLauncher, () =>
      work.client.sandboxes.create({
        name: basename(program[0]).slice(0, 63) || 'command',
        profile: options.profile,
        ...plan.wishes,
        ...rules,
        ...(files && { ...files.wishes, credentials: { ...plan.wishes.credentials, ...files.wishes.credentials } }),
        network: { allow: [...(options.allow ?? []), ...hostPortRules(options.hostPort ?? [])] },
        ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
        ...fenced,
      }),
    ),
  )
  const { env: planned, withheld } = plan.complete(files?.others(sandbox.connect.env) ?? sandbox.connect.env)
  // A base URL that the caller has set is where the key may go.
  const env = options.baseUrls === true ? { ...sandbox.connect.baseUrls, ...planned } : planned
  const blocked = new BlockedHosts(sandbox.grants)
  const live = new LiveRefusals({ terminal: stderr, tell: (first) => output.note(blocked.line(first), {}) })
  const command = new FencedCommand({
    command: program,
    cwd,
    home: work.home,
    identity,
    mounts: options.mount ?? [],
    user,
  })
  const homeFiles = files?.render(sandbox.connect.env) ?? []
  const grants = sandbox.grants.map((grant) => ({ ...grant, env: files?.names[grant.env] ?? grant.env }))
  const facts = { profile: options.profile, grants, withheld, passed: plan.passed, unprotected }
  const exitCode = await runInSandbox({
    client: work.client,
    sandboxId: sandbox.id,
    hasTerminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY),
    refusals: { blocked, ...(stderr.isTTY && !output.json ? { onBlocked: (first) => void live.report(first) } : {}) },
    async launch(signal) {
      if (isAdvisory(options)) {
        // SECURITY: nobody who runs without a fence is left to believe that there is one, however quiet they asked for.
        work.output.note(advisoryWarning, { advisory: advisoryWarning })
        output.note(announcementLine(facts), { sandbox: sandbox.id, ...facts })
        const onDropped = (entries: readonly string[]) =>
          output.note(`NO_PROXY loses ${entries.join(', ')}: it would lead past the broker`, {
            noProxyDropped: entries,
          })
        return runAdvisory({ command: program, cwd, sandbox, user, env, onDropped }, signal)
      }
      if (options.tools) command.findTools()
      return explainingFence(processLauncher, () =>
        // Announced before the command starts, so that it does not land between the command's own lines.
        command.launch(processLauncher, sandbox, { env, homeFiles }, signal, (workspace) =>
          output.note(announcementLine({ ...facts, workspace }, user['HOME']), {
            sandbox: sandbox.id,
            ...facts,
            workspace,
          }),
        ),
      )
    },
  })
  const hints = [...(exitCode === 127 ? command.hints() : []), ...withheldAdvice(exitCode, withheld)]
  for (const hint of hints) output.note(hint, { hint })
  if (output.json) output.note('', { exitCode, blocked: blocked.list() })
  else for (const line of blocked.lines()) output.note(line, {})
  session.exitCode = exitCode
}
