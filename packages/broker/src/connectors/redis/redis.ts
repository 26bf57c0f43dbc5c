import type { Connector } from '../connector.ts'
import { perGrant } from '../per-grant.ts'
import { CommandRules } from './command-rules.ts'
import { PlaceholderCheck } from './placeholder-check.ts'
import { RedisSession } from './redis-session.ts'
import { redisVariables } from './redis-variables.ts'
import { type ScopeOptions, scopeOptions } from './scope-options.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly scope: ScopeOptions
  readonly check: PlaceholderCheck
  readonly rules: CommandRules
}

const stateOf = perGrant<GrantState>((setup) => {
  const scope = scopeOptions(setup)
  return { scope, check: new PlaceholderCheck(setup.placeholder), rules: new CommandRules(scope) }
})

/** Redis, Valkey, and what speaks as they do. */
export const redis: Connector = {
  scheme: 'redis',
  variables: redisVariables,
  serve: (session) => new RedisSession(session, stateOf(session.setup)).serve(),
}
