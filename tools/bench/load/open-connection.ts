import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import type { Route, Target } from './route.ts'

const deadlineMs = 20_000
const contexts = new Map<string, SecureContext>()

/** What is unusual about a connection. */
interface Opening {
  /** To be resumed. */
  readonly session?: Buffer
  /** The one that is spoken; HTTP/1.1 unless it says otherwise. */
  readonly protocol?: 'http/1.1' | 'h2'
}

/**
 * Connects to a service by a route, through a tunnel where the route has one.
 * @throws Error when the handshake fails, takes too long, or ends with another protocol
 */
export async function openConnection(
  route: Route,
  target: Target,
  { session, protocol = 'http/1.1' }: Opening = {},
): Promise<TLSSocket> {
  const failure = new AbortController()
  const { signal } = failure
  const fail = (what: string) => () => failure.abort(new Error(`${target.host}: ${what} before the handshake was over`))
  const timer = setTimeout(fail(`${deadlineMs / 1000} s went by`), deadlineMs)
  const from = route.from === undefined ? {} : { localAddress: route.from }
  const tcp = connectTcp({ host: '127.0.0.1', port: target.port, noDelay: true, ...from })
  const onClose = fail('the connection was closed')
  tcp.once('close', onClose)
  try {
    await once(tcp, 'connect', { signal })
    if (route.connect !== undefined) await openTunnel(tcp, target.authority, route.connect.authorization, signal)
    const options: ConnectionOptions = {
      socket: tcp,
      servername: target.host,
      secureContext: contextFor(route.ca),
      ALPNProtocols: [protocol],
      ...(session !== undefined && { session }),
    }
    const secure = connectTls(options)
    await once(secure, 'secureConnect', { signal })
    if (protocol === 'h2' && secure.alpnProtocol !== 'h2') throw new Error(`${target.host} does not speak HTTP/2`)
    return secure
  } catch (error) {
    tcp.destroy()
    throw signal.aborted ? signal.reason : error
  } finally {
    clearTimeout(timer)
    tcp.off('close', onClose)
  }
}

async function openTunnel(
  tcp: Socket,
  authority: string,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const identity = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`
  tcp.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${identity}\r\n`)
  const [bytes] = (await once(tcp, 'data', { signal })) as [Buffer]
  tcp.pause()
  const answer = bytes.toString('latin1')
  if (!/^HTTP\/1\.[01] 200 /.test(answer) || !answer.endsWith('\r\n\r\n')) {
    throw new Error(`CONNECT was answered ${answer.slice(0, 300)}`)
  }
}

function contextFor(ca: string): SecureContext {
  let context = contexts.get(ca)
  if (context === undefined) {
    context = createSecureContext({ ca, minVersion: 'TLSv1.3' })
    contexts.set(ca, context)
  }
  return context
}
