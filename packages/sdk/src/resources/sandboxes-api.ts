import type {
  AttachedGrant,
  ConnectTarget,
  CreatedSandbox,
  GrantAttach,
  Page,
  ReissuedToken,
  SandboxConnection,
  SandboxCreate,
  SandboxUpdate,
  SandboxView,
} from '@coatcheck/contract'
import { openEventStream } from '../event-stream.ts'
import { leaseEvents, type SandboxLease } from '../sandbox-lease.ts'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/sandboxes` */
export interface SandboxesApi {
  create(input: SandboxCreate): Promise<CreatedSandbox>
  list(query?: PageQuery): Promise<Page<SandboxView>>
  get(id: string): Promise<SandboxView>
  /** Changes name, labels or network rules; what is absent stays. */
  update(id: string, input: SandboxUpdate): Promise<SandboxView>
  /** Gives the sandbox another time to live, from now on. */
  renew(id: string, ttlSeconds: number): Promise<SandboxView>
  /** How to join a living sandbox; without its token. With a target there is a recipe, in which `TOKEN` stands for it. */
  connect(id: string, target?: ConnectTarget): Promise<SandboxConnection>
  /** Gives it another token, shown this once; the one before is dead, and what is open ends. */
  reissueToken(id: string, target?: ConnectTarget): Promise<ReissuedToken>
  /** Gives a variable of the sandbox a placeholder for a secret. */
  attach(id: string, env: string, input: GrantAttach): Promise<AttachedGrant>
  /** Takes it away, with everything that is open with it. @throws CoatcheckError `grant_not_found` */
  detach(id: string, env: string): Promise<void>
  end(id: string): Promise<void>
  /** Resolves once the sandbox lives and dies with the lease. */
  lease(id: string): Promise<SandboxLease>
}

/** The sandboxes of a client. */
export function sandboxesApi({ send, open, lost }: ApiCall): SandboxesApi {
  return {
    create: (body) => send('POST', '/v1/sandboxes', { body }),
    list: (query) => send('GET', '/v1/sandboxes', { query: { ...query } }),
    get: (id) => send('GET', pathOf('sandboxes', id)),
    update: (id, body) => send('PATCH', pathOf('sandboxes', id), { body }),
    renew: (id, ttlSeconds) => send('POST', pathOf('sandboxes', id, '/renew'), { body: { ttlSeconds } }),
    connect: (id, target) =>
      send('GET', pathOf('sandboxes', id, '/connect'), target === undefined ? {} : { query: { target } }),
    reissueToken: (id, target) =>
      send('POST', pathOf('sandboxes', id, '/token'), { body: target === undefined ? {} : { target } }),
    attach: (id, env, body) => send('PUT', pathOf('sandboxes', id, `/secrets/${encodeURIComponent(env)}`), { body }),
    detach: (id, env) => send('DELETE', pathOf('sandboxes', id, `/secrets/${encodeURIComponent(env)}`)),
    end: (id) => send('DELETE', pathOf('sandboxes', id)),
    async lease(id) {
      const reply = await open({ method: 'GET', path: pathOf('sandboxes', id, '/lease') })
      const stream = await openEventStream(reply, lost)
      return { events: leaseEvents(stream, lost), close: () => void reply.destroy() }
    },
  }
}
