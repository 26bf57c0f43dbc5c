import type { BrokerStatus } from '@coatcheck/contract'
import { type ActivityList, type AuditApi, activityApi, auditApi } from './resources/activity-api.ts'
import type { ApiCall } from './resources/api-call.ts'
import { type ProvidersApi, providersApi } from './resources/providers-api.ts'
import { type SandboxesApi, sandboxesApi } from './resources/sandboxes-api.ts'
import { type SecretsApi, secretsApi } from './resources/secrets-api.ts'
import { type VaultApi, vaultApi } from './resources/vault-api.ts'
import { socketTransport, unreachable } from './transport.ts'

/** Where the broker is. */
export interface ClientOptions {
  /** Path of its Unix socket. */
  readonly socketPath: string
}

/** The management API of one broker. Every method throws `CoatcheckError` with the code that the broker sent. */
export interface CoatcheckClient {
  status(): Promise<BrokerStatus>
  /** Resolves when the broker answers. @throws CoatcheckError `broker_unreachable` */
  ping(signal?: AbortSignal): Promise<void>
  readonly secrets: SecretsApi
  readonly sandboxes: SandboxesApi
  readonly requests: ActivityList
  readonly connections: ActivityList
  readonly audit: AuditApi
  readonly vault: VaultApi
  readonly providers: ProvidersApi
}

/** A client of the broker that listens on a Unix socket. Keeps no connection open between calls. */
export function createClient({ socketPath }: ClientOptions): CoatcheckClient {
  const transport = socketTransport(socketPath)
  const call: ApiCall = {
    // The contract and the broker's tests hold the shape of replies; they are not checked again here.
    send: async <Reply>(method: Parameters<ApiCall['send']>[0], path: string, rest = {}) =>
      (await transport.send({ ...rest, method, path })) as Reply,
    open: (request) => transport.open(request),
    lost: (cause) => unreachable(socketPath, cause),
  }
  return {
    status: () => call.send('GET', '/v1/status'),
    ping: (signal) => call.send('GET', '/healthz', { signal }),
    secrets: secretsApi(call),
    sandboxes: sandboxesApi(call),
    requests: activityApi(call, '/v1/requests'),
    connections: activityApi(call, '/v1/connections'),
    audit: auditApi(call),
    vault: vaultApi(call),
    providers: providersApi(call),
  }
}
