import type { ProjectRules, RuleReview } from '@coatcheck/contract'
import { Hono } from 'hono'
import { lintRules } from '../../policy/rules/lint-rules.ts'
import { checkRules } from '../check-rules.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { projectRules, rulesLint } from '../rule-schema.ts'
import { saveRules } from '../save-rules.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/rules`: the rule list of the project, and what is to be said about lists that nobody saved yet. */
export function ruleRoutes(services: AdminServices): Hono {
  const { project, rules } = services
  const show = (): ProjectRules => ({ rules: rules.find(project) ?? null })
  return new Hono()
    .get('/', (context) => context.json(show()))
    .put('/', async (context) => {
      const input = await readBody(context, projectRules)
      checkRules(input.rules)
      await saveRules(services, input.rules)
      return context.json(show())
    })
    .post('/lint', async (context) => {
      const { rules: list } = await readBody(context, rulesLint)
      checkRules(list)
      return context.json({ findings: lintRules(list) } satisfies RuleReview)
    })
}

/** What these routes are. */
export const ruleDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/rules',
    summary: 'Show the rule list of the project',
    reply: { status: 200, description: 'The list; null where the project has none.' },
  },
  {
    method: 'PUT',
    path: '/v1/rules',
    summary: 'Give the project a rule list, or take it away; it holds for every request from then on',
    access: 'owner',
    body: projectRules,
    reply: { status: 200, description: 'The list as it is now.' },
    problems: ['rule_invalid', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'POST',
    path: '/v1/rules/lint',
    summary: 'Say what a rule list lets through that a reader may overlook; nothing is saved',
    body: rulesLint,
    reply: { status: 200, description: 'What was found, rule by rule.' },
    problems: ['rule_invalid'],
  },
]
