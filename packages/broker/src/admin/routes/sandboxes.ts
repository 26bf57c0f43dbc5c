import type { SandboxConnection, SandboxView } from '@coatcheck/contract'
import { Hono } from 'hono'
import { recipeFor } from '../../connect/recipe-for.ts'
import { lockedProfile } from '../../policy/profile.ts'
import { checkRules } from '../check-rules.ts'
import { checkUses } from '../check-uses.ts'
import { demandReady } from '../demand-ready.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { connectQuery, listQuery, sandboxCreate, sandboxRenew, sandboxUpdate, tokenReissue } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** What stands in a recipe where the token would. */
const tokenBlank = 'TOKEN'

const changing = ['sandbox_not_found', 'sandbox_ended', 'sandbox_expired', 'vault_locked', 'audit_unavailable'] as const

/** What these routes are. */
export const sandboxDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/sandboxes',
    summary: 'Register a sandbox, or open one on this host',
    access: 'issuer',
    body: sandboxCreate,
    reply: { status: 201, description: 'The sandbox, its token, which is shown this once, and how to join it.' },
    problems: [
      ...([
        'secret_not_found',
        'provider_unknown',
        'profile_not_found',
        'scope_invalid',
        'rotation_due',
        'secret_unreachable',
      ] as const),
      ...([
        'rule_invalid',
        'proxy_closed',
        'launch_impossible',
        'source_forbidden',
        'source_unavailable',
        'vault_locked',
        'audit_unavailable',
      ] as const),
    ],
  },
  {
    method: 'GET',
    path: '/v1/sandboxes',
    summary: 'List sandboxes, newest first',
    query: listQuery,
    reply: { status: 200, description: 'A page of sandboxes.' },
  },
  {
    method: 'GET',
    path: '/v1/sandboxes/{id}',
    summary: 'Show one sandbox',
    reply: { status: 200, description: 'The sandbox with its grants; no token, no placeholder.' },
    problems: ['sandbox_not_found'],
  },
  {
    method: 'PATCH',
    path: '/v1/sandboxes/{id}',
    summary: 'Change name, labels or network rules; what the new rules forbid ends at once',
    body: sandboxUpdate,
    reply: { status: 200, description: 'The sandbox as it is now.' },
    problems: ['scope_invalid', 'port_unreachable', ...changing],
  },
  {
    method: 'DELETE',
    path: '/v1/sandboxes/{id}',
    summary: 'End a sandbox: its placeholders are dead, and what is open closes',
    access: 'issuer',
    reply: { status: 204, description: 'Ended.' },
    problems: ['sandbox_not_found', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'POST',
    path: '/v1/sandboxes/{id}/renew',
    summary: 'Give a sandbox another time to live, from now on',
    access: 'issuer',
    body: sandboxRenew,
    reply: { status: 200, description: 'The sandbox as it is now.' },
    problems: changing,
  },
  {
    method: 'GET',
    path: '/v1/sandboxes/{id}/connect',
    summary:
      'How to join a living sandbox: its variables with their placeholders, and its certificate; never its token',
    // SECURITY: placeholders are of no use without the sandbox, and still nothing that an auditor needs.
    access: 'issuer',
    query: connectQuery,
    reply: {
      status: 200,
      description:
        'Environment, certificate, addresses without the token, and the gateway. With `target`, the recipe for that platform, in which `TOKEN` stands for the token.',
    },
    problems: ['sandbox_held_elsewhere', 'proxy_closed', ...changing],
  },
  {
    method: 'POST',
    path: '/v1/sandboxes/{id}/token',
    summary: 'Give a sandbox another token; the one before is dead, and what is open ends',
    access: 'issuer',
    body: tokenReissue,
    reply: {
      status: 200,
      description: 'The token, which is shown this once, and how to join the sandbox with it.',
    },
    problems: ['sandbox_held_elsewhere', 'proxy_closed', ...changing],
  },
]

/** `/v1/sandboxes` */
export function sandboxRoutes(services: AdminServices): Hono {
  const { profiles, project, sandboxes } = services
  return new Hono()
    .post('/', async (context) => {
      const input = await readBody(context, sandboxCreate)
      checkRules(...Object.values(input.rules ?? {}))
      const profile = profiles.get(project, input.profile ?? lockedProfile.name)
      await demandReady(services, Object.values({ ...profile.secrets, ...input.secrets }))
      const created = await sandboxes.create(project, checkUses(services, input))
      return context.json({ ...created, connect: withRecipe(input.target, created, created.connect) }, 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => sandboxes.list(project, count, cursor ?? null)
      return context.json(
        pageOf(
          list,
          limit,
          ({ id }) => id,
          (sandbox) => sandbox,
        ),
      )
    })
    .get('/:id', (context) => context.json(sandboxes.get(project, context.req.param('id'))))
    .patch('/:id', async (context) => {
      const input = await readBody(context, sandboxUpdate)
      return context.json(await sandboxes.update(project, context.req.param('id'), input))
    })
    .delete('/:id', async (context) => {
      await sandboxes.end(project, context.req.param('id'), 'deleted by the operator')
      return context.body(null, 204)
    })
    .post('/:id/renew', async (context) => {
      const { ttlSeconds } = await readBody(context, sandboxRenew)
      return context.json(await sandboxes.renew(project, context.req.param('id'), ttlSeconds))
    })
    .get('/:id/connect', async (context) => {
      const { target } = parseInput(connectQuery, context.req.query())
      const id = context.req.param('id')
      if (target === undefined) return context.json(await sandboxes.connect(project, id))
      const connection = await sandboxes.connect(project, id, tokenBlank)
      return context.json(withRecipe(target, sandboxes.get(project, id), connection))
    })
    .post('/:id/token', async (context) => {
      const { target } = await readBody(context, tokenReissue)
      const id = context.req.param('id')
      const sandbox = sandboxes.get(project, id)
      // What cannot be described is not worth the end of the token before.
      if (target !== undefined) recipeFor(target, sandbox, await sandboxes.connect(project, id))
      const { token, connect } = await sandboxes.reissueToken(project, id)
      return context.json({ token, connect: withRecipe(target, sandbox, connect) })
    })
}

function withRecipe(
  target: string | undefined,
  sandbox: SandboxView,
  connection: SandboxConnection,
): SandboxConnection {
  return target === undefined ? connection : { ...connection, recipe: recipeFor(target, sandbox, connection) }
}
