import type { IncomingMessage } from 'node:http'
import type { ApiRequest } from '../transport.ts'

/** How the resources of a client reach the broker. */
export interface ApiCall {
  /** Sends one request and reads its reply. @throws CoatcheckError with the code that the broker sent */
  send<Reply>(method: ApiRequest['method'], path: string, rest?: Partial<ApiRequest>): Promise<Reply>
  /** Sends one request whose reply is a stream. @throws CoatcheckError with the code that the broker sent */
  open(request: ApiRequest): Promise<IncomingMessage>
  /** The failure of a broker that stopped answering. */
  lost(cause?: unknown): Error
}

/** Which part of a list. */
export interface PageQuery {
  /** 1 to 1,000; 100 when absent. */
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

/** The path of one resource, or of an action on it. */
export function pathOf(collection: string, id: string, action = ''): string {
  return `/v1/${collection}/${encodeURIComponent(id)}${action}`
}
