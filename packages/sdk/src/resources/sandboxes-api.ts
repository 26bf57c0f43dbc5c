import type { CreatedSandbox, Page, SandboxCreate, SandboxView } from '@coatcheck/contract'
import { openEventStream } from '../event-stream.ts'
import { leaseEvents, type SandboxLease } from '../sandbox-lease.ts'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/sandboxes` */
export interface SandboxesApi {
  create(input: SandboxCreate): Promise<CreatedSandbox>
  list(query?: PageQuery): Promise<Page<SandboxView>>
  get(id: string): Promise<SandboxView>
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
    end: (id) => send('DELETE', pathOf('sandboxes', id)),
    async lease(id) {
      const reply = await open({ method: 'GET', path: pathOf('sandboxes', id, '/lease') })
      const stream = await openEventStream(reply, lost)
      return { events: leaseEvents(stream, lost), close: () => void reply.destroy() }
    },
  }
}
