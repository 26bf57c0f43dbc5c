import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerSettings } from '@coatcheck/broker'
import type { Cap, GitAction, RuleList } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { type GitOrigin, startGitOrigin } from '../fixtures/git-origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from './world.ts'

/** Host of a real git service, with `team/project`. */
export const gitHost = 'git.service.test'
/** Host that says the length and the hash of each body, and takes any path. */
export const plainHost = 'plain.service.test'
/** "Push, but not to main". */
export const notToMain: GitAction = {
  kind: 'git',
  repositories: ['team/project'],
  access: ['read', 'push'],
  branches: ['!main'],
}

/** A list of one rule that allows what an action says. */
export function allowing(action: GitAction): RuleList {
  return { default: 'deny', rules: [{ name: 'pushes', effect: 'allow', methods: 'any', paths: 'any', action }] }
}

/** Both services, a broker in front of them, and git as a sandbox runs it. */
export interface GitPushScene extends AsyncDisposable {
  readonly world: World
  readonly gitOrigin: GitOrigin
  readonly plain: VerifyingServer
  /** Runs a script of the shell in a folder of its own, in a new sandbox. */
  shell(script: string, rules?: RuleList): Promise<FinishedProcess>
  /** A sandbox that a client inside sends requests from. */
  inside(rules?: RuleList, caps?: readonly Cap[]): ReturnType<World['createSandbox']>
  /** Bodies that came to `plainHost` whole or in part, as far as they came. */
  readonly bodies: readonly { length: number; isWhole: boolean }[]
}

/** Opens one. */
export async function openGitPushScene(settings: BrokerSettings): Promise<GitPushScene> {
  const root = createTlsRoot()
  const key = makeCanary('pw-').value
  const accepts = [{ scheme: 'basic', value: key, username: 'x' }] as const
  const gitOrigin = await startGitOrigin({ root, host: gitHost, accepts, repository: 'team/project.git' })
  const bodies: { length: number; isWhole: boolean }[] = []
  const plain = await startVerifyingServer({
    root,
    hosts: { [plainHost]: accepts },
    answer(request, response) {
      const [body, hash] = [{ length: 0, isWhole: false }, createHash('sha256')]
      bodies.push(body)
      request
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          body.length += chunk.length
          hash.update(chunk)
        })
      request.on('end', () => {
        body.isWhole = true
        const coding = request.headers['content-encoding'] ?? 'none'
        response.end(`${body.length} ${coding} ${hash.digest('hex')}`)
      })
    },
  })
  const proxy = { listen: { host: '127.0.0.1', port: 0 } }
  const world = await openWorld({ settings: { ...settings, proxy } })
  const scopes = [[gitHost, gitOrigin.port] as const, [plainHost, plain.port] as const].map(([to, port]) => ({
    to,
    inject: { kind: 'basic' },
    pin: { address: '127.0.0.1', port },
    roots: root.certificate,
  }))
  await world.client.secrets.create({ name: 'git', value: key, scopes })
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-push-'))
  const input = (rules: RuleList) => ({ secrets: { GIT_TOKEN: 'git' }, rules: { GIT_TOKEN: rules } })
  return {
    world,
    gitOrigin,
    plain,
    bodies,
    async shell(script, rules = allowing(notToMain)) {
      const { connect } = await world.client.sandboxes.create(input(rules))
      const cwd = mkdtempSync(join(folder, 'work-'))
      const ca = join(cwd, 'ca.pem')
      writeFileSync(ca, connect.ca)
      const env = {
        ...connect.env,
        HOME: cwd,
        PATH: process.env['PATH']!,
        https_proxy: connect.proxyUrl!,
        GIT_SSL_CAINFO: ca,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Agent',
        GIT_AUTHOR_EMAIL: 'agent@clients.test',
        GIT_COMMITTER_NAME: 'Agent',
        GIT_COMMITTER_EMAIL: 'agent@clients.test',
      }
      return runToEnd(['sh', '-ec', script], { env, cwd })
    },
    inside: (rules = allowing(notToMain), caps = []) =>
      world.createSandbox({ ...input(rules), ...(caps.length > 0 && { caps: [...caps] }) }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await plain.close()
      await gitOrigin.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
