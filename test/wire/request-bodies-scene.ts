import { buffer } from 'node:stream/consumers'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Http2Origin, startHttp2Origin } from './http2-origin.ts'

/** Takes its key in bodies, and as Bearer. */
export const form = 'form.service.test'
/** The same, and speaks HTTP/2. */
export const multiplexed = 'multiplexed.service.test'
/** A member of JSON, and a field of forms, that hold the key. */
const places: readonly InjectorSpec[] = [
  { kind: 'body', pointer: '/auth/token' },
  { kind: 'body', field: 'api_key' },
]
/** A value that each of the forms of bodies escapes in another way, or not at all. */
export const keys = { one: `${makeCanary('sk-one-').value}"&=+%`, two: makeCanary('sk-two-').value }

/** A body as it arrived, with the fields of its request. */
export interface ArrivedBody {
  readonly text: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Services that keep what arrives. */
export interface BodyServices extends AsyncDisposable {
  readonly origin: VerifyingServer
  readonly http2: Http2Origin
  readonly arrived: ArrivedBody[]
  /** What a service answers with. */
  reply: string
  /** Scopes that lead to both hosts. */
  scopes(more?: Partial<Scope>): Scope[]
}

/** Starts them. */
export async function startBodyServices(): Promise<BodyServices> {
  const root = createTlsRoot()
  const arrived: ArrivedBody[] = []
  const origin = await startVerifyingServer({
    root,
    hosts: { [form]: 'public' },
    async answer(request, response) {
      const text = String(await buffer(request))
      arrived.push({ text, headers: request.headers })
      response.end(services.reply)
    },
  })
  const http2 = await startHttp2Origin(root, multiplexed)
  http2.answer = async ({ stream, value }) => {
    const text = String(await buffer(stream))
    arrived.push({ text, headers: { 'content-length': value('content-length') } })
    stream.respond({ ':status': 200 })
    stream.end(services.reply)
  }
  const services: BodyServices = {
    origin,
    http2,
    arrived,
    reply: 'ok',
    scopes: (more = {}) =>
      [form, multiplexed].flatMap((to) => {
        const port = to === form ? origin.port : http2.port
        const reach = { pin: { address: '127.0.0.1', port }, roots: root.certificate }
        return [...places, { kind: 'bearer' }].map((inject) => ({ to, inject, ...reach, ...more }))
      }),
    async [Symbol.asyncDispose]() {
      await origin.close()
      await http2[Symbol.asyncDispose]()
    },
  }
  return services
}
