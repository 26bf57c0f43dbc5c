import type { SocketScheme } from '../foundation/destination.ts'
import { socketPorts } from '../foundation/destination.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { Connector } from './connector.ts'
import { grantOfName } from './grant-name.ts'
import { type GrantedConnection, grantedConnection } from './granted-connection.ts'
import type { JudgeSources } from './judge-grant.ts'
import { connectors } from './registry.ts'

/** Ports where HTTP arrives, whatever a scope says. */
const httpPorts: ReadonlySet<number> = new Set([80, 443])

/** By which names and at which ports the services of a sandbox's grants are found inside. */
export class GrantNames {
  readonly #sources: Pick<JudgeSources, 'ephemeral' | 'sandboxes' | 'vault'>

  constructor(sources: Pick<JudgeSources, 'ephemeral' | 'sandboxes' | 'vault'>) {
    this.#sources = sources
  }

  /** Every port where one of them may be dialled. */
  portsOf(sandboxId: string): readonly number[] {
    const found = this.#granted(sandboxId).flatMap(({ connection: { destination } }) => {
      const usual = socketPorts[destination.scheme]
      const isAtOwnPort = keepsOwnName(destination.scheme) && !httpPorts.has(destination.port)
      return isAtOwnPort ? [usual, destination.port] : [usual]
    })
    return [...new Set(found)]
  }

  /** Whether a canonical host stands for a grant of the sandbox. */
  knows(sandboxId: string, host: string): boolean {
    const named = grantOfName(host)
    const isMeant = ({ grant, connection }: Granted): boolean =>
      named === undefined ? isOwnName(connection, host) : grant.id === named
    return this.#granted(sandboxId).some(isMeant)
  }

  /** The grant that a dialled name and port stand for; the first one where several are for the same service. */
  grantAt(sandboxId: string, host: string, port: number): string | undefined {
    const named = grantOfName(host)
    if (named !== undefined) return named
    const isMeant = ({ connection }: Granted): boolean => {
      const { destination } = connection
      return isOwnName(connection, host) && (port === destination.port || port === socketPorts[destination.scheme])
    }
    return this.#granted(sandboxId).find(isMeant)?.grant.id
  }

  /** What a grant leads to, where it is one of a connector. */
  connectionOf({ ephemeral: isEphemeral, secretId }: Grant): GrantedConnection | undefined {
    const { ephemeral, vault } = this.#sources
    const secret = (isEphemeral ? ephemeral : vault).find(secretId)
    return secret && grantedConnection(secret.scopes)
  }

  #granted(sandboxId: string): readonly Granted[] {
    return this.#sources.sandboxes.grantsOf(sandboxId).flatMap((grant) => {
      if (grant.endedAt !== null) return []
      const connection = this.connectionOf(grant)
      return connection === undefined ? [] : [{ grant, connection }]
    })
  }
}

interface Granted {
  readonly grant: Grant
  readonly connection: GrantedConnection
}

function isOwnName({ destination }: GrantedConnection, host: string): boolean {
  return destination.host === host && keepsOwnName(destination.scheme)
}

function keepsOwnName(scheme: SocketScheme): boolean {
  return connectors.find((each: Connector) => each.scheme === scheme)?.keepsOwnName === true
}
