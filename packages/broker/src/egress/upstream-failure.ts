import { CoatcheckError } from '@coatcheck/contract'

/** What an error of a connection to a service means; every other error is handed back as it is. */
export function upstreamFailure(error: unknown): unknown {
  if (error instanceof CoatcheckError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  // Node's parser errors: the service did not speak HTTP as RFC 9112 has it.
  return new CoatcheckError(code.startsWith('HPE_') ? 'upstream_malformed' : 'upstream_unreachable', { reason: code })
}
