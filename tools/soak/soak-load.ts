import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { CreatedSandbox } from '@coatcheck/contract'
import { openConnect, proxyAuthorization } from '../../test/wire/ways-in.ts'

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
const uploadBytes = 300 * 1024

type Deed = (socket: Socket, head: (line: string, more?: string) => string) => Promise<void>

const deeds: Readonly<Record<string, Deed>> = {
  async plain(socket, head) {
    for (let round = 0; round < 5; round += 1) {
      socket.write(head('GET /ok'))
      await answers(socket, 1)
    }
  },
  async pipelined(socket, head) {
    socket.write(head('GET /ok').repeat(6))
    await answers(socket, 6)
  },
  async uploaded(socket, head) {
    socket.write(head('POST /ok', `Content-Length: ${uploadBytes}\r\n`))
    socket.write(Buffer.alloc(uploadBytes))
    await answers(socket, 1)
  },
  async 'upload aborted'(socket, head) {
    socket.write(head('POST /ok', `Content-Length: ${uploadBytes}\r\n`))
    socket.write(Buffer.alloc(uploadBytes - 1))
    await delay(5)
  },
  async 'download aborted'(socket, head) {
    socket.write(head('GET /big'))
    await answers(socket, 1)
  },
  async 'read slowly'(socket, head) {
    socket.write(head('GET /big'))
    await answers(socket, 1)
    socket.pause()
    await delay(100)
    socket.write(head('GET /ok'))
    socket.resume()
    await answers(socket, 1)
  },
  async 'reset by the service'(socket, head) {
    socket.write(head('GET /reset'))
    await answers(socket, 1)
  },
  async 'broken off by the service'(socket, head) {
    socket.write(head('GET /half'))
    if (!socket.resume().destroyed) await once(socket, 'close')
  },
  async 'gone before the answer'(socket, head) {
    socket.write(head('GET /later'))
    await delay(5)
  },
}

/** One client after the other, each with a connection of its own and something else to do, until the signal. @throws Error when one is stuck */
export async function runClients(target: LoadTarget, counts: LoadCounts, signal: AbortSignal): Promise<void> {
  const names = Object.keys(deeds)
  while (!signal.aborted) {
    const name = names[Math.floor(Math.random() * names.length)]!
    const ending = await runClient(target, deeds[name]!)
    const kind = ending === undefined ? name : ending
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    if (ending === 'stuck') throw new Error(`stuck: ${name}`)
    // A sandbox that was ended serves nobody, and says so at once.
    if (ending !== undefined) await delay(20)
  }
}

/** @returns how it ended, where it did not go as it should */
async function runClient(
  { host, proxyUrl, sandbox }: LoadTarget,
  deed: Deed,
): Promise<'cut off' | 'stuck' | undefined> {
  const late = new AbortController()
  const work = async (): Promise<undefined> => {
    const { socket: tcp } = await openConnect(proxyUrl, `${host}:443`, [
      'Proxy-Authorization',
      proxyAuthorization(sandbox),
    ])
    const socket = connectTls({ socket: tcp, servername: host, ca: sandbox.connect.ca, ALPNProtocols: ['http/1.1'] })
    late.signal.addEventListener('abort', () => tcp.destroy())
    socket.on('error', () => {})
    try {
      await opened(socket)
      const credential = `Authorization: Bearer ${sandbox.connect.env['KEY']}\r\n`
      await deed(socket, (line, more = '') => `${line} HTTP/1.1\r\nHost: ${host}\r\n${credential}${more}\r\n`)
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

async function opened(socket: Socket): Promise<void> {
  const closed = once(socket, 'close').then(() => Promise.reject(new Error('closed')))
  await Promise.race([once(socket, 'secureConnect'), closed])
  closed.catch(() => {})
}

/** Resolves when so many answers began. Rejects when the connection closes before. */
function answers(socket: Socket, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let [text, seen] = ['', 0]
  const close = (): void => reject(new Error('closed'))
  const read = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    const heads = text.match(/HTTP\/1\.1 \d{3} [\s\S]*?\r\n\r\n/g) ?? []
    seen += heads.length
    text = heads.length > 0 ? text.slice(text.lastIndexOf('\r\n\r\n') + 4) : text.slice(-1_000)
    if (seen >= count) resolve()
  }
  socket.on('data', read).once('close', close).resume()
  if (socket.destroyed) close()
  return promise.finally(() => socket.off('data', read).off('close', close))
}
