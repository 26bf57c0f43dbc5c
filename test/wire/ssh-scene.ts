import { execFileSync, type StdioOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope } from '@coatcheck/contract'
import { type Canary, canaryOf } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { makeSshKey, type SshKeyPair, type SshServer, startSshServer } from '../fixtures/ssh-server.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { type Inside, openWorld, type World } from './world.ts'

type Clock = NonNullable<BrokerOptions['clock']>

/** Name of the git service, which no resolver knows. */
export const gitHost = 'git.service.test'

/** An OpenSSH with repositories, a broker, and a secret for it. */
export interface SshScene extends AsyncDisposable {
  readonly server: SshServer
  readonly world: World
  /** The key that the secret is. */
  readonly key: SshKeyPair
  readonly canary: Canary
  /** Folder of repositories on the server. */
  readonly repositories: string
  /** Runs git on the server's side of things. */
  git(...args: readonly string[]): string
  store(name: string, options?: SecretOptions): Promise<void>
  /** A sandbox in which `DEPLOY_KEY` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideGit>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly value?: string
}

/** The view from inside a sandbox that has a git service. */
export interface InsideGit {
  readonly inside: Inside
  /** Name that leads to the grant. */
  readonly host: string
  /** Folder in which git works; gone with the scene. */
  readonly folder: string
  /** Environment of stock clients, told where the gateway of the test is. */
  env(options?: readonly string[], host?: string): Promise<Record<string, string>>
  git(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<FinishedProcess>
  /** Runs ssh as git would. */
  ssh(...args: readonly string[]): Promise<FinishedProcess>
  start(args: readonly string[], stdio: StdioOptions): Promise<ReturnType<typeof spawn>>
  /** A repository of the server as a URL. */
  url(repository: string, host?: string): string
}

const identity = { NAME: 'Fixture', EMAIL: 'fixture@example.test', DATE: '2030-01-01T00:00:00Z' }

/** Opens everything. @param prepare told of the folder that the broker keeps its things in, before it starts, and of the port of the server */
export async function openSshScene(
  prepare: (home: string, port: number) => void = () => {},
  clock?: Clock,
  settings: readonly string[] = [],
): Promise<SshScene> {
  const key = makeSshKey('ed25519')
  const server = await startSshServer({ keys: [key.publicKey], settings })
  const work = mkdtempSync(join(tmpdir(), 'coatcheck-ssh-work-'))
  const gitEnv = gitEnvironment(work)
  const repositories = join(server.folder, 'srv')
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { env: gitEnv, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e8 })
  for (const name of ['team/project', 'team/other']) {
    const bare = join(repositories, `${name}.git`)
    git('init', '--quiet', '--bare', '--initial-branch=main', bare)
    const tree = git('-C', bare, 'write-tree').trim()
    git('-C', bare, 'update-ref', 'refs/heads/main', git('-C', bare, 'commit-tree', tree, '-m', 'First commit').trim())
  }
  const home = makeTemporaryHome()
  prepare(home.path, server.port)
  const world = await openWorld(clock === undefined ? {} : { clock }, home)
  return {
    server,
    world,
    key,
    canary: canaryOf(key.privateKey.split('\n').slice(3, 5).join('')),
    repositories,
    git,
    async store(name, { inject = {}, scope = {}, value = key.privateKey } = {}) {
      const kind = { kind: 'ssh', user: server.user, hostKeys: [server.fingerprint('ed25519')] }
      const to = `ssh://${gitHost}:${server.port}`
      const scopes = [{ to, pin: { address: '127.0.0.1' }, ...scope, inject: { ...kind, ...inject } }]
      await world.client.secrets.create({ name, value, scopes })
    },
    async open(secret, input = {}) {
      const inside = await world.createSandbox({ secrets: { DEPLOY_KEY: secret }, ...input })
      return insideGit(inside, repositories, mkdtempSync(join(work, 'inside-')))
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      rmSync(work, { recursive: true, force: true })
    },
  }
}

function gitEnvironment(home: string): Record<string, string> {
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: home }
  env['GIT_CONFIG_NOSYSTEM'] = '1'
  for (const role of ['AUTHOR', 'COMMITTER']) {
    for (const [name, value] of Object.entries(identity)) env[`GIT_${role}_${name}`] = value
  }
  return env
}

function insideGit(inside: Inside, repositories: string, folder: string): InsideGit {
  const { env } = inside.sandbox.connect
  const grantHost = env['COATCHECK_SSH_HOST'] ?? ''
  const placed: InsideGit['env'] = async (options = [], host = grantHost) => {
    // The gateway of the test has another address and port than a real one.
    const where = [`-o HostName=${await inside.addressOf(host)}`, `-o Port=${inside.portOf(22)}`, ...options]
    const command = `${env['GIT_SSH_COMMAND']} ${where.join(' ')}`
    return { ...gitEnvironment(folder), ...env, GIT_SSH_COMMAND: command, TMPDIR: folder, LC_ALL: 'C.UTF-8' }
  }
  return {
    inside,
    host: grantHost,
    folder,
    env: placed,
    git: async (args, further = {}) =>
      runToEnd(['/usr/bin/git', ...args], { cwd: folder, env: { ...(await placed()), ...further } }),
    async ssh(...args) {
      const given = await placed()
      return runToEnd(['/bin/sh', '-c', `${given['GIT_SSH_COMMAND']} "$@"`, 'sh', ...args], { cwd: folder, env: given })
    },
    start: async (args, stdio) =>
      spawn('/usr/bin/git', args, { cwd: folder, env: await placed(), stdio, detached: true }),
    url: (repository, host = grantHost) => `ssh://git@${host}${repositories}/${repository}`,
  }
}
