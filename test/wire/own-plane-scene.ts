import type { Socket } from 'node:net'
import type { BrokerOptions, BrokerSettings } from '@coatcheck/broker'
import type { SandboxCreate, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type RawAnswer, type RawOrigin, startRawOrigin } from './raw-origin.ts'
import { type Inside, openWorld, type World } from './world.ts'

/** Host of the secret that most tests use. */
export const api = 'api.service.test'
/** Another host of it. */
export const second = 'second.service.test'

/** The planes that a test compares. */
export const planes = ['own', 'reference'] as const
export type PlaneName = (typeof planes)[number]

/** Answers 200 with the number of the connection, and keeps it open. */
export const sayConnection: RawAnswer = async ({ body, connection, socket }) => {
  await body()
  const text = String(connection)
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
}

/** A broker on one plane in front of a service that a test makes say what it likes. */
export interface RawScene extends AsyncDisposable {
  readonly world: World
  readonly origin: RawOrigin
  /** Values of the secrets `one` and `two`, both for `api` and `second`. */
  readonly values: { readonly one: string; readonly two: string }
  readonly inside: Inside
  /** Another sandbox with the same secrets. */
  createSandbox(input?: Partial<SandboxCreate>): Promise<Inside>
}

/** Starts service and broker; `answer` is what the service does at first. */
export async function openRawScene(
  plane: PlaneName = 'own',
  answer: RawAnswer = sayConnection,
  settings: BrokerSettings = {},
  options: Pick<Partial<BrokerOptions>, 'clock'> = {},
): Promise<RawScene> {
  const root = createTlsRoot()
  const origin = await startRawOrigin(root, answer)
  const world = await openWorld({ ...options, settings: { ...settings, httpPlane: plane } })
  const values = { one: makeCanary('sk-one-').value, two: makeCanary('sk-two-').value }
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  for (const name of ['one', 'two'] as const) {
    await world.client.secrets.create({ name, value: values[name], scopes: [api, second].map(scope) })
  }
  const createSandbox = (input: Partial<SandboxCreate> = {}): Promise<Inside> =>
    world.createSandbox({ secrets: { ONE: 'one', TWO: 'two' }, ...input })
  return {
    world,
    origin,
    values,
    createSandbox,
    inside: await createSandbox(),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
    },
  }
}

/** Head of a request with the placeholder of a variable, without its empty line. */
export function headOf(inside: Inside, line: string, fields: readonly string[] = [], env = 'ONE', host = api): string {
  const credential = `Authorization: Bearer ${inside.placeholder(env)}`
  return `${[line, `Host: ${host}`, credential, ...fields].join('\r\n')}\r\n`
}

function ignoreError(): void {}

/** Reads what comes until a text is there, or the connection closes, however it does. */
export async function readUntil(socket: Socket, mark: RegExp): Promise<string> {
  let text = ''
  if (socket.destroyed) return text
  const { promise, resolve } = Promise.withResolvers<void>()
  const read = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    if (mark.test(text)) resolve()
  }
  socket.on('data', read).off('error', ignoreError).on('error', ignoreError).once('close', resolve).resume()
  await promise
  socket.pause().off('data', read).off('close', resolve)
  return text
}

/** Reads until the connection closes; one that is reset ends there too. */
export async function readAll(socket: Socket): Promise<string> {
  return readUntil(socket, /$^/)
}
