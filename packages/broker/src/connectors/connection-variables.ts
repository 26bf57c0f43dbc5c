import type { Scope } from '@coatcheck/contract'
import { socketPorts } from '../foundation/destination.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { ServiceAddress } from './connector.ts'
import { grantName } from './grant-name.ts'
import { grantedConnection } from './granted-connection.ts'
import { connectors } from './registry.ts'

/**
 * The variables by which clients of a sandbox find the service of a grant; undefined where no connector serves the secret, or no client
 * can reach it.
 * @param addressOf how clients call the port of a grant, where they have no network of the broker's making
 */
export function connectionVariables(
  { fence }: Pick<Sandbox, 'fence'>,
  { id, env, port }: Pick<Grant, 'id' | 'env' | 'port'>,
  scopes: readonly Scope[],
  placeholder: string,
  addressOf: (port: number | undefined) => ServiceAddress | undefined,
): Readonly<Record<string, string>> | undefined {
  const granted = grantedConnection(scopes)
  const connector = connectors.find(({ scheme }) => scheme === granted?.destination.scheme)
  if (granted === undefined || connector === undefined) return undefined
  const isLaunched = fence !== 'none'
  const address = isLaunched ? { host: grantName(id), port: socketPorts[connector.scheme] } : addressOf(port)
  if (address === undefined) return undefined
  const { database } = granted.inject
  return connector.variables(env, placeholder, address, typeof database === 'string' ? database : null)
}
