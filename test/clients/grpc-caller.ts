import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js'
import { methods } from './grpc-service.ts'

type Done = (error: ServiceError | null, message?: Buffer) => void

/** What gRPC makes of the methods of the service. */
interface ServiceClient extends Client {
  echo(message: Buffer, metadata: Metadata, options: CallOptions, done: Done): ClientUnaryCall
  fail(message: Buffer, metadata: Metadata, options: CallOptions, done: Done): ClientUnaryCall
  wait(message: Buffer, metadata: Metadata, options: CallOptions, done: Done): ClientUnaryCall
  collect(metadata: Metadata, options: CallOptions, done: Done): ClientWritableStream<Buffer>
  expand(message: Buffer, metadata: Metadata, options: CallOptions): ClientReadableStream<Buffer>
  breakOff(message: Buffer, metadata: Metadata, options: CallOptions): ClientReadableStream<Buffer>
  chat(metadata: Metadata, options: CallOptions): ClientDuplexStream<Buffer, Buffer>
}

const ServiceClient = makeGenericClientConstructor(methods, 'Service') as unknown as new (
  address: string,
  trust: ChannelCredentials,
  options: ChannelOptions,
) => ServiceClient

/** What became of a call. */
export interface Called {
  readonly messages: readonly string[]
  /** What came before the messages. */
  readonly head: Metadata | undefined
  readonly status: StatusObject
}

/** A call under way. */
export interface Calling<Call> {
  readonly call: Call
  readonly ended: Promise<Called>
}

type OneMessage = 'echo' | 'fail' | 'wait'
type Streamed = 'expand' | 'breakOff'

/** A client of gRPC’s own, which sends one credential with every call. */
export class GrpcCaller implements Disposable {
  readonly #client: ServiceClient
  readonly #credential: string

  constructor(address: string, trust: ChannelCredentials, credential: string, options: ChannelOptions) {
    this.#client = new ServiceClient(address, trust, options)
    this.#credential = credential
  }

  /** One message there, and at most one back. */
  ask(
    method: OneMessage,
    message: Buffer | string,
    fields: Readonly<Record<string, string | Buffer>> = {},
    options: CallOptions = {},
  ): Calling<ClientUnaryCall> {
    const messages: string[] = []
    const call = this.#client[method](Buffer.from(message), this.#metadata(fields), options, noteIn(messages))
    return { call, ended: endOf(call, messages) }
  }

  /** Many messages there, one back. */
  collect(): Calling<ClientWritableStream<Buffer>> {
    const messages: string[] = []
    const call = this.#client.collect(this.#metadata({}), {}, noteIn(messages))
    return { call, ended: endOf(call, messages) }
  }

  /** One message there, many back. */
  listen(method: Streamed, message: string): Calling<ClientReadableStream<Buffer>> {
    const call = this.#client[method](Buffer.from(message), this.#metadata({}), {})
    return { call, ended: endOf(call, heard(call)) }
  }

  /** Many messages both ways. */
  chat(): Calling<ClientDuplexStream<Buffer, Buffer>> {
    const call = this.#client.chat(this.#metadata({}), {})
    return { call, ended: endOf(call, heard(call)) }
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }

  #metadata(fields: Readonly<Record<string, string | Buffer>>): Metadata {
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${this.#credential}`)
    for (const [name, value] of Object.entries(fields)) metadata.set(name, value)
    return metadata
  }
}

function noteIn(messages: string[]): Done {
  return (_error, message) => {
    if (message !== undefined) messages.push(message.toString('latin1'))
  }
}

function heard(call: ClientReadableStream<Buffer>): readonly string[] {
  const messages: string[] = []
  // The status says the same.
  call.on('error', () => {})
  call.on('data', (message: Buffer) => messages.push(message.toString('latin1')))
  return messages
}

function endOf(call: ClientUnaryCall, messages: readonly string[]): Promise<Called> {
  let head: Metadata | undefined
  call.once('metadata', (metadata: Metadata) => {
    head = metadata
  })
  return new Promise((resolve) => {
    call.once('status', (status: StatusObject) => {
      // The answer to a single message is given right after its status.
      setImmediate(() => resolve({ messages, head, status }))
    })
  })
}
