import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import type { LauncherProbe } from '../launcher.ts'
import { openGateway } from './gateway/open-gateway.ts'
import { dedicatedIdentity, dropPrivileges, isRoot } from './host/host-identity.ts'
import { findProgram, missingProgram, requiredPrograms, systemPath } from './host/programs.ts'
import { launchProcess } from './launch-process.ts'
import { isKnownArchitecture } from './seccomp/seccomp-filter.ts'

const trialDeadlineMs = 5_000
const oldestBwrap = { major: 0, minor: 8 }

/** Finds out whether this host can run process sandboxes, by trying each requirement, and then the whole. */
export async function probeProcessSandbox(): Promise<LauncherProbe> {
  const missing = await missingRequirements()
  const ok = missing.length === 0
  return { ok, fence: ok ? 'kernel' : 'none', missing }
}

async function missingRequirements(): Promise<string[]> {
  if (process.platform !== 'linux') return ['The process sandbox needs Linux.']
  if (!isKnownArchitecture(process.arch)) return [`There is no system call filter for the processor ${process.arch}.`]
  const absent = requiredPrograms.filter((name) => findProgram(name) === undefined)
  if (absent.length > 0) return absent.map(missingProgram)

  const missing: string[] = []
  if (!(await isBwrapNewEnough())) {
    missing.push(`bubblewrap is too old: install version ${oldestBwrap.major}.${oldestBwrap.minor} or newer.`)
  }
  if (!(await succeeds('unshare', '--user', '--map-root-user', 'true'))) {
    return [
      ...missing,
      'User namespaces are refused: allow them (sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0, whichever exists), or leave the container.',
    ]
  }
  const link = ['ip', 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1']
  if (!(await succeeds('unshare', '--user', '--map-root-user', '--net', ...link))) {
    missing.push('Virtual network links cannot be made: load the kernel module veth.')
  }
  return missing.length > 0 ? missing : tryWhole()
}

/** Runs a command in a sandbox, the way it will be done; what fails here has no requirement of its own. */
async function tryWhole(): Promise<string[]> {
  const runAs = isRoot() ? { runAs: dedicatedIdentity } : {}
  try {
    const gateway = await openGateway({ ports: [], ...runAs })
    try {
      const trial = await launchProcess(
        {
          gatewayPid: gateway.pid,
          resolverAddress: gateway.resolverAddress,
          ...runAs,
          command: ['true'],
          env: {},
          caCertificate: null,
          mounts: [],
          cwd: '/',
          forbiddenPaths: [],
          stdio: 'pipe',
        },
        AbortSignal.timeout(trialDeadlineMs),
      )
      return (await trial.exit) === 0 ? [] : ['A command in a trial sandbox failed.']
    } finally {
      await gateway.close()
    }
  } catch (error) {
    if (error instanceof CoatcheckError)
      return [`A trial sandbox did not start: ${error.facts['reason'] ?? error.message}.`]
    throw error
  }
}

async function isBwrapNewEnough(): Promise<boolean> {
  const version = /(\d+)\.(\d+)/.exec((await run('bwrap', '--version')) ?? '')
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)]
  return major > oldestBwrap.major || (major === oldestBwrap.major && minor >= oldestBwrap.minor)
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  return (await run(program, ...args)) !== undefined
}

/** Output of a program run as a sandbox would be, or nothing when it failed. */
async function run(program: string, ...args: string[]): Promise<string | undefined> {
  const [command, ...rest] = [
    ...dropPrivileges(isRoot() ? dedicatedIdentity : undefined),
    findProgram(program) ?? program,
    ...args,
  ] as [string, ...string[]]
  try {
    const { stdout } = await promisify(execFile)(command, rest, {
      cwd: '/',
      env: { PATH: systemPath },
      timeout: trialDeadlineMs,
    })
    return stdout
  } catch {
    return undefined
  }
}
