import type { Connector, GrantSetup } from '../connector.ts'
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

const states = new WeakMap<GrantSetup, GrantState>()

/** Redis, Valkey, and what speaks as they do. */
export const redis: Connector = {
  scheme: 'redis',
  variables: redisVariables,
  serve(session) {
    const { setup } = session
    const state = states.get(setup) ?? newState(setup)
    states.set(setup, state)
    return new RedisSession(session, state).serve()
  },
}

function newState(setup: GrantSetup): GrantState {
  const scope = scopeOptions(setup)
  return { scope, check: new PlaceholderCheck(setup.placeholder), rules: new CommandRules(scope) }
}
