import type { BrokerStatus, Checkup } from '@coatcheck/contract'
import { addressOf, type BrokerAddress, type BrokerPlace } from './broker-place.ts'
import { type ActivityList, type AuditApi, activityApi, auditApi } from './resources/activity-api.ts'
import type { ApiCall } from './resources/api-call.ts'
import { type ApprovalsApi, approvalsApi } from './resources/approvals-api.ts'
import { type BackupApi, backupApi } from './resources/backup-api.ts'
import { type CapsApi, capsApi } from './resources/caps-api.ts'
import { type ConfigApi, configApi } from './resources/config-api.ts'
import { type DecoysApi, decoysApi } from './resources/decoys-api.ts'
import { type ExplainCall, explainApi } from './resources/explain-api.ts'
import { type GrantsApi, grantsApi } from './resources/grants-api.ts'
import { type KeysApi, keysApi } from './resources/keys-api.ts'
import { type LockdownCall, lockdownApi } from './resources/lockdown-api.ts'
import { type ProfilesApi, profilesApi } from './resources/profiles-api.ts'
import { type MembersApi, membersApi, type ProjectsApi, projectsApi } from './resources/projects-api.ts'
import { type ProvidersApi, providersApi } from './resources/providers-api.ts'
import { type ReachApi, reachApi } from './resources/reach-api.ts'
import { type RulesApi, rulesApi } from './resources/rules-api.ts'
import { type SandboxesApi, sandboxesApi } from './resources/sandboxes-api.ts'
import { type SecretsApi, secretsApi } from './resources/secrets-api.ts'
import { type SourcesApi, sourcesApi } from './resources/sources-api.ts'
import { type TokensApi, tokensApi } from './resources/tokens-api.ts'
import { type VaultApi, vaultApi } from './resources/vault-api.ts'
import { brokerTransport, type RequestConditions, unreachable } from './transport.ts'

/** The management API of one broker. Every method throws `CoatcheckError` with the code that the broker sent. */
export interface CoatcheckClient {
  status(): Promise<BrokerStatus>
  /** Lets the broker look at itself, and decrypt every secret without showing it. @throws CoatcheckError `vault_locked` */
  checkUp(): Promise<Checkup>
  /** Resolves when the broker answers. @throws CoatcheckError `broker_unreachable` */
  ping(signal?: AbortSignal): Promise<void>
  /** The same client, whose requests act in a project, and whose changes are bound to conditions. */
  with(conditions: RequestConditions): CoatcheckClient
  /** The entity tag that one resource has now, for `ifMatch`; `path` is that of the API, e.g. `/v1/secrets/stripe`. */
  entityTag(path: string): Promise<string>
  readonly secrets: SecretsApi
  readonly sources: SourcesApi
  readonly sandboxes: SandboxesApi
  readonly grants: GrantsApi
  readonly keys: KeysApi
  readonly caps: CapsApi
  readonly explain: ExplainCall
  readonly reach: ReachApi
  readonly lockdown: LockdownCall
  readonly requests: ActivityList
  readonly connections: ActivityList
  readonly audit: AuditApi
  readonly tokens: TokensApi
  readonly projects: ProjectsApi
  readonly members: MembersApi
  readonly vault: VaultApi
  readonly backup: BackupApi
  readonly providers: ProvidersApi
  readonly profiles: ProfilesApi
  readonly decoys: DecoysApi
  readonly rules: RulesApi
  readonly config: ConfigApi
  readonly approvals: ApprovalsApi
}

/**
 * A client of the broker at a Unix socket, or at a URL with a token. Keeps no connection open between calls.
 * @throws CoatcheckError `request_invalid` | `tls_required` for a URL or a token that cannot be used
 */
export function createClient(place: BrokerPlace): CoatcheckClient {
  return clientOf(addressOf(place), {})
}

function clientOf(address: BrokerAddress, conditions: RequestConditions): CoatcheckClient {
  const transport = brokerTransport(address)
  const call: ApiCall = {
    // The contract and the broker's tests hold the shape of replies; they are not checked again here.
    send: async <Reply>(method: Parameters<ApiCall['send']>[0], path: string, rest = {}) =>
      (await transport.send({ ...conditions, ...rest, method, path })) as Reply,
    open: (request) => transport.open({ ...conditions, ...request }),
    lost: (cause) => unreachable(address, cause),
  }
  return {
    status: () => call.send('GET', '/v1/status'),
    checkUp: () => call.send('GET', '/v1/checkup'),
    ping: (signal) => call.send('GET', '/healthz', { signal }),
    with: (further) => clientOf(address, { ...conditions, ...further }),
    async entityTag(path) {
      const { headers } = await transport.open({ ...conditions, method: 'HEAD', path })
      return headers.etag ?? ''
    },
    secrets: secretsApi(call),
    sources: sourcesApi(call),
    sandboxes: sandboxesApi(call),
    grants: grantsApi(call),
    keys: keysApi(call),
    caps: capsApi(call),
    explain: explainApi(call),
    reach: reachApi(call),
    lockdown: lockdownApi(call),
    requests: activityApi(call, '/v1/requests'),
    connections: activityApi(call, '/v1/connections'),
    audit: auditApi(call),
    tokens: tokensApi(call),
    projects: projectsApi(call),
    members: membersApi(call),
    vault: vaultApi(call),
    backup: backupApi(call),
    providers: providersApi(call),
    profiles: profilesApi(call),
    decoys: decoysApi(call),
    rules: rulesApi(call),
    config: configApi(call),
    approvals: approvalsApi(call),
  }
}
