import type { IncomingMessage } from 'node:http'
import type { ActivityQuery, ActivityRow, AuditCheckpoint, AuditVerification, Page } from '@coatcheck/contract'
import { openEventStream } from '../event-stream.ts'
import type { ApiCall } from './api-call.ts'

/** A list that grows: one page of it, or everything from now on. */
export interface ActivityList {
  list(query?: ActivityQuery): Promise<Page<ActivityRow>>
  /** Rows as they are recorded, until `signal` is aborted or the loop is left. @throws CoatcheckError `broker_unreachable` */
  follow(query?: Omit<ActivityQuery, 'limit' | 'cursor'>, signal?: AbortSignal): AsyncIterable<ActivityRow>
}

/** `/v1/audit` */
export interface AuditApi extends ActivityList {
  /** `anchors` are checkpoints that were kept outside. */
  verify(anchors?: readonly AuditCheckpoint[]): Promise<AuditVerification>
  checkpoint(): Promise<AuditCheckpoint>
}

/** The activity list at a path. */
export function activityApi({ send, open, lost }: ApiCall, path: string): ActivityList {
  return {
    list: (query) => send('GET', path, { query: { ...query } }),
    async *follow(query, signal) {
      let reply: IncomingMessage | undefined
      try {
        reply = await open({ method: 'GET', path, query: { ...query, follow: 'true' }, signal })
        for await (const { data } of await openEventStream(reply, lost)) yield data as ActivityRow
        throw lost()
      } catch (error) {
        if (!signal?.aborted) throw error
      } finally {
        reply?.destroy()
      }
    },
  }
}

/** The audit journal of a client. */
export function auditApi(call: ApiCall): AuditApi {
  return {
    ...activityApi(call, '/v1/audit'),
    verify: (anchors = []) => call.send('POST', '/v1/audit/verification', { body: { anchors } }),
    checkpoint: () => call.send('POST', '/v1/audit/checkpoint'),
  }
}
