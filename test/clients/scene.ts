import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxView } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type GitOrigin, startGitOrigin } from '../fixtures/git-origin.ts'
import type { OrdinaryUser } from '../fixtures/ordinary-user.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeSignedStorage } from '../fixtures/signed-storage.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot, type TlsRoot } from '../fixtures/tls-root.ts'
import { type RecordedRequest, startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { pausedAnswer } from './paused-answer.ts'
import { startBroker } from './running-broker.ts'
import { bucketHost, reportHost, sdkReplies } from './sdk-replies.ts'
import { makeServices, type Service, type Services, signingKeyId } from './services.ts'
import { npmRegistry, pipIndex } from './tiny-packages.ts'

/** Everything that stands before the sandbox starts. */
export interface Scene extends AsyncDisposable {
  readonly coatcheck: CoatcheckCommand
  readonly client: CoatcheckClient
  /** Lets a sandbox reach the services that get no key. */
  openTunnels(sandbox: string): Promise<SandboxView>
  readonly user: OrdinaryUser | undefined
  readonly services: Services
  readonly git: GitOrigin
  /** Working directory of the sandbox: a project that takes its packages from the private registry. */
  readonly workspace: string
  /** Requests that the services got since the last call, of all services. */
  newRequests(): readonly RecordedRequest[]
}

/** Starts the services and a broker of `user`, or of the caller, and stores the real keys in its vault. */
export async function setScene(user: OrdinaryUser | undefined): Promise<Scene> {
  await using undo = new AsyncDisposableStack()
  const services = makeServices()
  const root = createTlsRoot()
  const origin = undo.use(await startServices(root, services))
  const keys = { accessKeyId: signingKeyId, secretAccessKey: services.storage.key.value }
  const { answer } = makeSignedStorage([keys])
  // It looks at signatures itself, and answers 403.
  const storage = undo.use(await startVerifyingServer({ root, hosts: { [services.storage.host]: 'public' }, answer }))
  const { host, accepts } = services.git
  const git = undo.use(await startGitOrigin({ root, host, accepts, repository: 'team/project.git' }))

  const folder = undo.use(makeTemporaryHome(user?.uid)).path
  const home = join(folder, 'home')
  const coatcheck = makeCoatcheckCommand(home, user)
  const workspace = join(folder, 'workspace')
  for (const path of [home, workspace]) makeFolder(path, user)
  const { host: registry, env } = services.npm
  writeFileSync(join(workspace, '.npmrc'), `registry=https://${registry}/\n//${registry}/:_authToken=\${${env}}\n`)

  const rootFile = join(folder, 'root.pem')
  writeFileSync(rootFile, root.certificate)
  // Clients verify what passes a tunnel themselves, so they have to trust this root, too.
  const broker = undo.use(await startBroker(coatcheck, ['--proxy', '127.0.0.1:0', '--roots', rootFile]))
  const client = createClient({ socketPath: broker.socketPath })
  const servers = new Map<Service, VerifyingServer>([
    [services.git, git],
    [services.storage, storage],
  ])
  const portOf = (service: Service) => (servers.get(service) ?? origin).port
  await storeKeys(client, services, root, portOf)
  const seen = new Map<VerifyingServer, number>()
  const cleanUp = undo.move()
  return {
    coatcheck,
    client,
    openTunnels: (sandbox) =>
      client.sandboxes.update(sandbox, {
        network: {
          allow: [bucketHost, reportHost].map((to) => ({ to, pin: { address: '127.0.0.1', port: origin.port } })),
        },
      }),
    user,
    services,
    git,
    workspace,
    newRequests: () =>
      [origin, git, storage].flatMap((server) => {
        const requests = server.requests.slice(seen.get(server) ?? 0)
        seen.set(server, server.requests.length)
        return requests
      }),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

function startServices(root: TlsRoot, services: Services): Promise<VerifyingServer> {
  const hosts: Record<string, Service['accepts']> = {}
  for (const { host, accepts } of Object.values<Service>(services)) hosts[host] = [...(hosts[host] ?? []), ...accepts]
  const routes = [...pausedAnswer(), ...sdkReplies(), ...npmRegistry(services.npm.host), ...pipIndex()]
  return startOrigin({ root, hosts: { ...hosts, [bucketHost]: 'public', [reportHost]: 'public' }, routes })
}

function makeFolder(path: string, user: OrdinaryUser | undefined): void {
  mkdirSync(path)
  if (user !== undefined) chownSync(path, user.uid, user.uid)
}

/** Stores each service's key, to be sent to where `portOf` says that the service is. */
async function storeKeys(
  client: CoatcheckClient,
  services: Services,
  root: TlsRoot,
  portOf: (service: Service) => number,
): Promise<void> {
  for (const service of Object.values<Service>(services)) {
    const { name, host, key, stored = key.value, inject, provider } = service
    const pin = { address: '127.0.0.1', port: portOf(service) }
    const scopes = inject.map((injector) => ({ to: `https://${host}`, inject: injector, pin, roots: root.certificate }))
    await client.secrets.create({ name, value: stored, scopes, ...(provider === undefined ? {} : { provider }) })
  }
}
