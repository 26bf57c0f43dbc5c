import type { Socket } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import { openSocket, reasonOf } from './open-socket.ts'
import { UntouchedHead } from './untouched-head.ts'
import type { UpstreamProxy } from './upstream-proxy.ts'

/** Longest head of a proxy's answer, in bytes. */
const maxHeadBytes = 16_384

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * A connection to `host` and `port` through a proxy, by CONNECT (RFC 9110 §9.3.6).
 * @param untouched nothing that comes from there is read: a service may speak first, and another process hears it
 * @throws CoatcheckError `upstream_proxy_refused` | `upstream_proxy_unreachable`
 */
export async function openProxyTunnel(
  proxy: UpstreamProxy,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  untouched = false,
): Promise<Socket> {
  const untouchedHead = untouched ? new UntouchedHead(maxHeadBytes) : undefined
  const socket = await connectToProxy(proxy, host, signal, untouchedHead)
  const authority = `${host}:${port}`
  const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`)
  try {
    demandSuccess(host, await readHead(socket, host, signal, untouchedHead))
    return socket
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw error
  }
}

async function connectToProxy(
  proxy: UpstreamProxy,
  host: string,
  signal: AbortSignal,
  untouchedHead: UntouchedHead | undefined,
): Promise<Socket> {
  try {
    return await openSocket(proxy.host, proxy.port, signal, untouchedHead?.onread)
  } catch (cause) {
    signal.throwIfAborted()
    throw new CoatcheckError('upstream_proxy_unreachable', { host, reason: reasonOf(cause) }, { cause })
  }
}

/** SECURITY: of the proxy's answer only the status is told; its text may name the user, or whatever it likes. */
function demandSuccess(host: string, head: string): void {
  const [, digits] = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/.exec(head) ?? []
  if (digits === undefined)
    throw new CoatcheckError('upstream_proxy_refused', { host, reason: 'not an answer in HTTP' })
  if (!digits.startsWith('2')) throw new CoatcheckError('upstream_proxy_refused', { host, status: Number(digits) })
}

/** Reads up to the end of the head; what the service sent right after it stays in the socket. */
async function readHead(
  socket: Socket,
  host: string,
  signal: AbortSignal,
  untouchedHead: UntouchedHead | undefined,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let head: Buffer = Buffer.alloc(0)
  const fail = (reason: string) => reject(new CoatcheckError('upstream_proxy_unreachable', { host, reason }))
  const tooLong = 'the answer is too long'
  const read = (): void => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    // A long head costs its square; its length is bounded.
    head = Buffer.concat([head, chunk])
    const end = head.indexOf(endOfHead)
    if (end >= 0 && end <= maxHeadBytes) {
      socket.off('readable', read)
      const rest = head.subarray(end + endOfHead.length)
      if (rest.length > 0) socket.unshift(rest)
      resolve(head.toString('latin1', 0, end + 2))
    } else if (head.length > maxHeadBytes) fail(tooLong)
  }
  const error = (cause: unknown) => fail(reasonOf(cause))
  const close = () => fail('connection closed')
  const abort = () => reject(signal.reason)
  if (untouchedHead === undefined) socket.on('readable', read)
  else void untouchedHead.text.then((text) => (text === undefined ? fail(tooLong) : resolve(text)))
  socket.once('error', error).once('end', close).once('close', close)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await promise
  } finally {
    socket.off('readable', read).off('error', error).off('end', close).off('close', close)
    signal.removeEventListener('abort', abort)
  }
}
