import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import type { AuditEvent, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { RoutedRequest } from '../fixtures/origin-routes.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection } from './client-connection.ts'
import { poll } from './poll.ts'
import { makeScriptedRoute, type ScriptedRoute } from './scripted-route.ts'
import { type Inside, openWorld, type World } from './world.ts'

/** Host that demands the secret. */
export const api = 'api.service.test'
/** Hosts of the same secret that ask for nothing. */
export const plain = 'plain.service.test'
export const other = 'other.service.test'

/** A broker between a client and a service that a test answers for by hand. */
export interface StreamScene extends AsyncDisposable {
  readonly origin: VerifyingServer
  readonly scripted: ScriptedRoute
  readonly world: World
  readonly inside: Inside
  /** The field with the placeholder. */
  readonly bearer: readonly [string, string]
  /** To `api` unless another host is given. */
  connect(host?: string): Promise<ClientConnection>
  /** Begins a request with the placeholder, and waits until the service has it. */
  ask(connection: ClientConnection, target: string, method?: string): Promise<Asked>
  /** The record of the end of the one request on this path. */
  outcomeOf(path: string): Promise<AuditEvent>
}

/** A request that the service has and did not answer yet; `open` is the head of the answer at the client. */
export interface Asked extends RoutedRequest {
  readonly open: Promise<IncomingMessage>
}

/** Starts service and broker. */
export async function openStreamScene(): Promise<StreamScene> {
  const key = makeCanary('sk-live-')
  const root = createTlsRoot()
  const scripted = makeScriptedRoute()
  const hosts = {
    [api]: [{ scheme: 'bearer', value: key.value }] as const,
    [plain]: 'public',
    [other]: 'public',
  } as const
  const origin = await startOrigin({ root, hosts, routes: scripted.routes })
  const world = await openWorld()
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [api, plain, other].map(scope) })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  const bearer = ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`] as const
  return {
    origin,
    scripted,
    world,
    inside,
    bearer,
    connect: (host = api) => openClientConnection(inside, host),
    async ask(connection, target, method = 'GET') {
      const open = connection.open({ method, target, headers: [bearer] })
      // A response that never comes is the business of the test that waits for it.
      open.catch(() => {})
      return { open, ...(await scripted.next()) }
    },
    outcomeOf: (path) =>
      poll(async () => {
        const rows = (await world.events()).filter(({ event }) => event.path === path && event.kind !== 'alarm.raised')
        assert.ok(rows.length <= 1, 'one event for one request')
        return rows.find(({ event }) => event.kind === 'exchange.completed')?.event
      }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin.close()
    },
  }
}
