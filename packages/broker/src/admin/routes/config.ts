import { Hono } from 'hono'
import { applyConfig } from '../apply-config.ts'
import { configDefinition, configQuery } from '../config-schema.ts'
import { parseInput } from '../parse-input.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/config`: secrets, rules, caps and profiles of a project at once. */
export function configRoutes(services: AdminServices): Hono {
  return new Hono().put('/', async (context) => {
    const { dryRun = 'false' } = parseInput(configQuery, context.req.query())
    const config = await readBody(context, configDefinition)
    return context.json(await applyConfig(services, config, dryRun !== 'false'))
  })
}

/** What `configRoutes` offers. */
export const configDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'PUT',
    path: '/v1/config',
    summary: 'Make secrets, rules, caps and profiles what a configuration says; whatever it does not name stays',
    access: 'owner',
    query: configQuery,
    body: configDefinition,
    reply: {
      status: 200,
      description: 'What was made, what was changed, what stayed, and what it does not name; no values.',
    },
    problems: [
      ...(['secret_not_found', 'secret_changed', 'secret_exists', 'secret_weak', 'secret_unusable'] as const),
      ...(['value_required', 'provider_not_found', 'provider_needs_host', 'source_forbidden'] as const),
      ...(['source_unavailable', 'scope_invalid', 'rule_invalid', 'profile_built_in', 'profile_limit'] as const),
      ...(['secret_unreachable', 'vault_locked', 'audit_unavailable'] as const),
    ],
  },
]
