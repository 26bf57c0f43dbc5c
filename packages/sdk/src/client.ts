import type {
  ActivityQuery,
  ActivityRow,
  AuditCheckpoint,
  AuditVerification,
  BrokerStatus,
  CreatedSandbox,
  Page,
  ProviderView,
  SandboxCreate,
  SandboxView,
  SecretCreate,
  SecretUpdate,
  SecretView,
} from '@coatcheck/contract'
import { openEventStream } from './event-stream.ts'
import { leaseEvents, type SandboxLease } from './sandbox-lease.ts'
import { type ApiRequest, socketTransport, unreachable } from './transport.ts'

/** Where the broker is. */
export interface ClientOptions {
  /** Path of its Unix socket. */
  readonly socketPath: string
}

/** Which part of a list. */
export interface PageQuery {
  /** 1 to 1,000; 100 when absent. */
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

/** A list that grows: one page of it, or everything from now on. */
export interface ActivityList {
  list(query?: ActivityQuery): Promise<Page<ActivityRow>>
  /** Rows as they are recorded, until `signal` is aborted or the loop is left. @throws CoatcheckError `broker_unreachable` */
  follow(query?: Omit<ActivityQuery, 'limit' | 'cursor'>, signal?: AbortSignal): AsyncIterable<ActivityRow>
}

/** The management API of one broker. Every method throws `CoatcheckError` with the code that the broker sent. */
export interface CoatcheckClient {
  status(): Promise<BrokerStatus>
  /** Resolves when the broker answers. @throws CoatcheckError `broker_unreachable` */
  ping(signal?: AbortSignal): Promise<void>
  readonly secrets: {
    create(input: SecretCreate): Promise<SecretView>
    list(query?: PageQuery): Promise<Page<SecretView>>
    get(name: string): Promise<SecretView>
    /** Widening needs the present value. @throws CoatcheckError `value_required` */
    update(name: string, input: SecretUpdate): Promise<SecretView>
    rotate(name: string, value: string): Promise<SecretView>
    delete(name: string): Promise<void>
  }
  readonly sandboxes: {
    create(input: SandboxCreate): Promise<CreatedSandbox>
    list(query?: PageQuery): Promise<Page<SandboxView>>
    get(id: string): Promise<SandboxView>
    end(id: string): Promise<void>
    /** Resolves once the sandbox lives and dies with the lease. */
    lease(id: string): Promise<SandboxLease>
  }
  readonly requests: ActivityList
  readonly connections: ActivityList
  readonly audit: ActivityList & {
    /** `anchors` are checkpoints that were kept outside. */
    verify(anchors?: readonly AuditCheckpoint[]): Promise<AuditVerification>
    checkpoint(): Promise<AuditCheckpoint>
  }
  readonly vault: {
    lock(): Promise<BrokerStatus>
    unlock(): Promise<BrokerStatus>
    confirmRollback(): Promise<BrokerStatus>
  }
  readonly providers: {
    list(query?: PageQuery): Promise<Page<ProviderView>>
    get(id: string): Promise<ProviderView>
  }
}

/** A client of the broker that listens on a Unix socket. Keeps no connection open between calls. */
export function createClient({ socketPath }: ClientOptions): CoatcheckClient {
  const transport = socketTransport(socketPath)
  const lost = (cause?: unknown): Error => unreachable(socketPath, cause)
  // The contract and the broker's tests hold the shape of replies; they are not checked again here.
  const send = async <Reply>(
    method: ApiRequest['method'],
    path: string,
    rest: Partial<ApiRequest> = {},
  ): Promise<Reply> => (await transport.send({ ...rest, method, path })) as Reply
  const activity = (path: string): ActivityList => ({
    list: (query) => send('GET', path, { query: { ...query } }),
    async *follow(query, signal) {
      const reply = await transport.open({ method: 'GET', path, query: { ...query, follow: 'true' }, signal })
      try {
        for await (const { data } of await openEventStream(reply, lost)) yield data as ActivityRow
        throw lost()
      } catch (error) {
        if (!signal?.aborted) throw error
      } finally {
        reply.destroy()
      }
    },
  })
  const one = (collection: string, id: string, action = ''): string =>
    `/v1/${collection}/${encodeURIComponent(id)}${action}`
  return {
    status: () => send('GET', '/v1/status'),
    ping: (signal) => send('GET', '/healthz', { signal }),
    secrets: {
      create: (body) => send('POST', '/v1/secrets', { body }),
      list: (query) => send('GET', '/v1/secrets', { query: { ...query } }),
      get: (name) => send('GET', one('secrets', name)),
      update: (name, body) => send('PATCH', one('secrets', name), { body }),
      rotate: (name, value) => send('POST', one('secrets', name, '/rotate'), { body: { value } }),
      delete: (name) => send('DELETE', one('secrets', name)),
    },
    sandboxes: {
      create: (body) => send('POST', '/v1/sandboxes', { body }),
      list: (query) => send('GET', '/v1/sandboxes', { query: { ...query } }),
      get: (id) => send('GET', one('sandboxes', id)),
      end: (id) => send('DELETE', one('sandboxes', id)),
      async lease(id) {
        const reply = await transport.open({ method: 'GET', path: one('sandboxes', id, '/lease') })
        const stream = await openEventStream(reply, lost)
        return { events: leaseEvents(stream, lost), close: () => void reply.destroy() }
      },
    },
    requests: activity('/v1/requests'),
    connections: activity('/v1/connections'),
    audit: {
      ...activity('/v1/audit'),
      verify: (anchors = []) => send('POST', '/v1/audit/verification', { body: { anchors } }),
      checkpoint: () => send('POST', '/v1/audit/checkpoint'),
    },
    vault: {
      lock: () => send('POST', '/v1/vault/lock'),
      unlock: () => send('POST', '/v1/vault/unlock'),
      confirmRollback: () => send('POST', '/v1/vault/confirm-rollback'),
    },
    providers: {
      list: (query) => send('GET', '/v1/providers', { query: { ...query } }),
      get: (id) => send('GET', one('providers', id)),
    },
  }
}
