import type { ConfigDefinition, ConfigReport } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** `/v1/config`: secrets, rules, caps and profiles of a project at once. */
export interface ConfigApi {
  /**
   * Makes the project what a configuration says; what that does not name stays. With `dryRun`, only tells what would be changed.
   * @throws CoatcheckError as the calls for the same objects do; `value_required` where a secret would go somewhere new
   */
  apply(config: ConfigDefinition, options?: { readonly dryRun?: boolean }): Promise<ConfigReport>
}

/** The configuration of a client. */
export function configApi({ send }: ApiCall): ConfigApi {
  return {
    apply: (body, { dryRun = false } = {}) => send('PUT', '/v1/config', { body, query: { dryRun: String(dryRun) } }),
  }
}
