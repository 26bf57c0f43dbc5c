import type { BrokerSettings } from '@coatcheck/broker'
import type { AuditEvent, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type FrameOrigin, startFrameOrigin } from './http2-frames.ts'
import { type Http2Origin, startHttp2Origin } from './http2-origin.ts'
import { makeScriptedRoute, type ScriptedRoute } from './scripted-route.ts'
import { type Inside, openWorld, type World } from './world.ts'

/** A host that speaks HTTP/2 alone. */
export const grpc = 'grpc.service.test'
/** Another one, of another secret. */
export const other = 'other.service.test'
/** One that is answered for frame by frame. */
export const raw = 'raw.service.test'
/** A host that speaks HTTP/1.1 alone. */
export const api = 'api.service.test'

/** A broker between clients and services of both versions. */
export interface Http2Scene extends AsyncDisposable {
  readonly key: string
  readonly otherKey: string
  readonly world: World
  readonly inside: Inside
  /** Behind `grpc` and `other`. */
  readonly origin: Http2Origin
  readonly otherOrigin: Http2Origin
  /** Behind `raw`. */
  readonly rawOrigin: FrameOrigin
  /** Behind `api`. */
  readonly single: VerifyingServer
  readonly scripted: ScriptedRoute
  /** The field with the placeholder for `grpc` and `api`. */
  readonly bearer: { readonly authorization: string }
  readonly otherBearer: { readonly authorization: string }
  /** Ends of exchanges and refusals that were recorded since the last call. */
  records(): Promise<readonly AuditEvent[]>
}

/** Starts services and broker. */
export async function openHttp2Scene(
  settings: { readonly maxConcurrentStreams?: number } = {},
  brokerSettings: BrokerSettings = {},
): Promise<Http2Scene> {
  const [key, otherKey] = [makeCanary('sk-live-').value, makeCanary('pw-live-').value]
  const root = createTlsRoot()
  const scripted = makeScriptedRoute()
  const origin = await startHttp2Origin(root, grpc, settings)
  const otherOrigin = await startHttp2Origin(root, other)
  const rawOrigin = await startFrameOrigin(root, raw)
  const hosts = { [api]: [{ scheme: 'bearer', value: key }] } as const
  const single = await startOrigin({ root, hosts, routes: scripted.routes })
  const world = await openWorld({
    settings: { ...brokerSettings, httpPlane: 'own', proxy: { listen: { host: '127.0.0.1', port: 0 } } },
  })
  const scope = (to: string, port: number, foreign: Scope['foreign'] = 'refuse'): Scope => ({
    to,
    foreign,
    inject: { kind: 'bearer' },
    pin: { address: '127.0.0.1', port },
    roots: root.certificate,
  })
  const scopes = [scope(grpc, origin.port), scope(raw, rawOrigin.port), scope(api, single.port)]
  await world.client.secrets.create({ name: 'api', value: key, scopes })
  await world.client.secrets.create({
    name: 'other',
    value: otherKey,
    scopes: [scope(other, otherOrigin.port, 'pass')],
  })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api', OTHER_KEY: 'other' }, from: ['127.0.0.0/8'] })
  const seen = new Set<string>()
  return {
    key,
    otherKey,
    world,
    inside,
    origin,
    otherOrigin,
    rawOrigin,
    single,
    scripted,
    bearer: { authorization: `Bearer ${inside.placeholder('API_KEY')}` },
    otherBearer: { authorization: `Bearer ${inside.placeholder('OTHER_KEY')}` },
    async records() {
      const rows = (await world.events()).filter(({ id, decision }) => !seen.has(id) && decision !== 'open')
      for (const { id } of rows) seen.add(id)
      return rows.map(({ event }) => event).filter(({ host }) => host !== undefined)
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await Promise.all([origin, otherOrigin, rawOrigin].map((each) => each[Symbol.asyncDispose]()))
      await single.close()
    },
  }
}
