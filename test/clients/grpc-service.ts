import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js'
import type { TlsRoot } from '../fixtures/tls-root.ts'

/** @param streams which side sends more than one message */
const method = (name: string, streams: { request?: true; response?: true } = {}): MethodDefinition<Buffer, Buffer> => ({
  path: `/clients.Service/${name}`,
  requestStream: streams.request === true,
  responseStream: streams.response === true,
  requestSerialize: (message) => message,
  requestDeserialize: (message) => message,
  responseSerialize: (message) => message,
  responseDeserialize: (message) => message,
})

/** What the service can do; its messages are bytes. */
export const methods = {
  echo: method('Echo'),
  collect: method('Collect', { request: true }),
  expand: method('Expand', { response: true }),
  chat: method('Chat', { request: true, response: true }),
  fail: method('Fail'),
  breakOff: method('BreakOff', { response: true }),
  wait: method('Wait'),
} as const

/** A call as the service has it. */
export interface ServedCall {
  readonly metadata: Metadata
  readonly path: string
  /** When the client wants it to be over, in milliseconds since 1970; infinite where it did not say. */
  readonly deadline: number
  /** Resolves when the client gave it up. */
  readonly cancelled: Promise<unknown>
}

/** A gRPC service on loopback, over TLS, that notes every call. */
export interface GrpcService extends AsyncDisposable {
  readonly port: number
  readonly calls: readonly ServedCall[]
}

/** What calls of all kinds have. */
interface AnyCall {
  readonly metadata: Metadata
  getDeadline(): Date | number
  getHost(): string
  getPath(): string
  once(event: 'cancelled', listener: () => void): unknown
}

/** Starts one for these hosts, which calls must reach with their credential, on a free port of 127.0.0.1. */
export async function startGrpcService(
  root: TlsRoot,
  hosts: Readonly<Record<string, string>>,
  pattern: string,
): Promise<GrpcService> {
  const calls: ServedCall[] = []
  /** @returns whether it may go on */
  const admit = (call: AnyCall): boolean => {
    const deadline = call.getDeadline()
    calls.push({
      metadata: call.metadata,
      path: call.getPath(),
      deadline: deadline instanceof Date ? deadline.getTime() : deadline,
      cancelled: new Promise<void>((resolve) => call.once('cancelled', resolve)),
    })
    const host = call.getHost().replace(/:\d+$/, '')
    return call.metadata.get('authorization').join() === `Bearer ${hosts[host]}`
  }
  const refused = { code: status.UNAUTHENTICATED, details: 'another credential' }
  const tail = (count: number): Metadata => {
    const metadata = new Metadata()
    metadata.set('x-count', String(count))
    metadata.set('x-tail-bin', Buffer.from([0, 255, 10]))
    return metadata
  }

  const echo: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    if (!admit(call)) return done(refused)
    const head = new Metadata()
    head.set('x-head', call.metadata.get('x-trace').join())
    call.sendMetadata(head)
    done(null, call.request, tail(1))
  }
  const collect: handleClientStreamingCall<Buffer, Buffer> = (call, done) => {
    if (!admit(call)) return done(refused)
    const pieces: Buffer[] = []
    call.on('data', (piece: Buffer) => pieces.push(piece))
    call.once('end', () => done(null, Buffer.concat(pieces), tail(pieces.length)))
  }
  const expand: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    if (!admit(call)) return void call.emit('error', refused)
    const count = Number(call.request.toString())
    for (let index = 0; index < count; index += 1) call.write(Buffer.from(`message ${index}`))
    call.end(tail(count))
  }
  const chat: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    if (!admit(call)) return void call.emit('error', refused)
    let count = 0
    call.on('error', () => {})
    call.on('data', (message: Buffer) => {
      count += 1
      call.write(Buffer.from(`got ${message}`))
    })
    call.once('end', () => call.end(tail(count)))
  }
  const fail: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    admit(call)
    done({ code: Number(call.request.toString()), details: 'as it was asked for: 100 % ✓', metadata: tail(0) })
  }
  const breakOff: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    admit(call)
    call.write(Buffer.from('the beginning'))
    call.emit('error', { code: status.ABORTED, details: 'no more' })
  }
  const wait: handleUnaryCall<Buffer, Buffer> = (call) => void admit(call)

  const server = new Server()
  server.addService(methods, { echo, collect, expand, chat, fail, breakOff, wait })
  const { certificate, key } = root.leaf(pattern)
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return {
    port,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}
