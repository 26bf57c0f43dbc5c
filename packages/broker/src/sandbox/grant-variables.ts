import { CoatcheckError, type Scope } from '@coatcheck/contract'
import type { ConnectionDoor } from './connection-door.ts'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'
import { variablesOf } from './variables-of.ts'

/** A grant, and what its variables are made of. */
export interface GrantInEnvironment {
  readonly grant: Pick<Grant, 'id' | 'env' | 'port'>
  readonly placeholder: string
  /** Of its secret; empty where that is gone. */
  readonly scopes: readonly Scope[]
}

/**
 * The variables of a sandbox: those that its grants were asked for under, and those that stock clients of a connector read beside
 * them. Of two grants for which clients read the same one, the first has it.
 * @throws CoatcheckError `request_invalid` where two grants were asked for under one variable
 */
export function grantVariables(
  sandbox: Pick<Sandbox, 'id' | 'fence'>,
  grants: readonly GrantInEnvironment[],
  connections: Pick<ConnectionDoor, 'variablesOf'> | undefined,
): Readonly<Record<string, string>> {
  const asked: Record<string, string> = {}
  const further: Record<string, string> = {}
  for (const { grant, placeholder, scopes } of grants) {
    const { env } = grant
    const ofConnector = connections?.variablesOf(sandbox, grant, scopes, placeholder)
    const own = ofConnector === undefined ? variablesOf(env, placeholder) : { [env]: ofConnector[env] ?? placeholder }
    for (const [name, text] of Object.entries(own)) {
      // SECURITY: the name is not repeated; somebody may have put a value in its place.
      if (Object.hasOwn(asked, name)) {
        throw new CoatcheckError('request_invalid', { field: 'secrets', reason: 'a variable is named twice' })
      }
      asked[name] = text
    }
    for (const [name, text] of Object.entries(ofConnector ?? {})) further[name] ??= text
  }
  return { ...further, ...asked }
}
