import type { Page, SandboxView, SecretCreate, SecretRotate, SecretUpdate, SecretView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/secrets`: values go in, and never come back. */
export interface SecretsApi {
  create(input: SecretCreate): Promise<SecretView>
  list(query?: PageQuery): Promise<Page<SecretView>>
  get(name: string): Promise<SecretView>
  /** Widening needs the present value. @throws CoatcheckError `value_required` */
  update(name: string, input: SecretUpdate): Promise<SecretView>
  rotate(name: string, value: string, options?: Omit<SecretRotate, 'value'>): Promise<SecretView>
  /** Asks the source of a secret for its value at once. @throws CoatcheckError `source_unavailable` */
  refresh(name: string): Promise<SecretView>
  /** Sandboxes with a living grant on the secret. */
  sandboxes(name: string, query?: PageQuery): Promise<Page<SandboxView>>
  delete(name: string): Promise<void>
}

/** The secrets of a client. */
export function secretsApi({ send }: ApiCall): SecretsApi {
  return {
    create: (body) => send('POST', '/v1/secrets', { body }),
    list: (query) => send('GET', '/v1/secrets', { query: { ...query } }),
    get: (name) => send('GET', pathOf('secrets', name)),
    update: (name, body) => send('PATCH', pathOf('secrets', name), { body }),
    rotate: (name, value, options) => send('POST', pathOf('secrets', name, '/rotate'), { body: { value, ...options } }),
    refresh: (name) => send('POST', pathOf('secrets', name, '/refresh')),
    sandboxes: (name, query) => send('GET', pathOf('secrets', name, '/sandboxes'), { query: { ...query } }),
    delete: (name) => send('DELETE', pathOf('secrets', name)),
  }
}
