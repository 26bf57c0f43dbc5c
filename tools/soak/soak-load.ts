import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { CreatedSandbox } from '@coatcheck/contract'
import { openConnect, proxyAuthorization } from '../../test/wire/ways-in.ts'
import type { Pace } from './pace.ts'
import { deeds, streamDeeds } from './soak-deeds.ts'

/** Where the load goes. */
export interface LoadTarget {
  readonly proxyUrl: string
  readonly host: string
  readonly sandbox: CreatedSandbox
}

/** What a client did, counted by its kind. */
export type LoadCounts = Map<string, number>

/** Longest time that a client waits for anything, in milliseconds: then the exchange is stuck. */
const stuckMs = 15_000
const names = [...Object.keys(deeds), ...Object.keys(streamDeeds)]

/** One client after the other, each with a connection of its own and something else to do, until the signal. @throws Error when one is stuck */
export async function runClients(
  target: LoadTarget,
  counts: LoadCounts,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pace.turn()
    const name = names[Math.floor(Math.random() * names.length)]!
    const ending = await runClient(target, name)
    const kind = ending === undefined ? name : ending
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    if (ending === 'stuck') throw new Error(`stuck: ${name}`)
    // A sandbox that was ended serves nobody, and says so at once.
    if (ending !== undefined) await delay(20)
  }
}

/** @returns how it ended, where it did not go as it should */
async function runClient(target: LoadTarget, name: string): Promise<'cut off' | 'stuck' | undefined> {
  const late = new AbortController()
  const work = async (): Promise<undefined> => {
    const { host, proxyUrl, sandbox } = target
    const identity = ['Proxy-Authorization', proxyAuthorization(sandbox)]
    const { socket: tcp } = await openConnect(proxyUrl, `${host}:443`, identity)
    const protocol = name in deeds ? 'http/1.1' : 'h2'
    const socket = connectTls({ socket: tcp, servername: host, ca: sandbox.connect.ca, ALPNProtocols: [protocol] })
    late.signal.addEventListener('abort', () => tcp.destroy())
    socket.on('error', () => {})
    try {
      await opened(socket)
      await act(name, socket, target)
    } finally {
      tcp.destroy()
    }
  }
  const timer = delay(stuckMs, 'stuck' as const, { signal: late.signal }).catch(() => undefined)
  try {
    return await Promise.race([work().catch(() => 'cut off' as const), timer])
  } finally {
    late.abort()
  }
}

async function act(name: string, socket: TLSSocket, { host, sandbox }: LoadTarget): Promise<void> {
  const authorization = `Bearer ${sandbox.connect.env['KEY']}`
  const [deed, streamDeed] = [deeds[name], streamDeeds[name]]
  await deed?.(
    socket,
    (line, more = '') => `${line} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\n${more}\r\n`,
  )
  if (streamDeed === undefined) return
  const session = connectHttp2(`https://${host}`, { createConnection: () => socket })
  session.on('error', () => {})
  try {
    await streamDeed(session, (path) => session.request({ ':path': path, authorization }).on('error', () => {}))
  } finally {
    session.destroy()
  }
}

async function opened(socket: TLSSocket): Promise<void> {
  const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed')))
  await Promise.race([once(socket, 'secureConnect'), closed])
  closed.catch(() => {})
}
