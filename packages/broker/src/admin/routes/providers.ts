import { scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type ProviderCreate, type ProviderView } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { KnownProvider, SavedProvider } from '../../providers/provider-service.ts'
import { checkProvider } from '../check-provider.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { providerCreate } from '../provider-schema.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/**
 * `/v1/providers`: the catalog, and what operators stored beside it.
 * SECURITY: SEC-02. A provider is read when a secret is made from it; nothing here moves a secret that exists.
 */
export function providerRoutes(services: AdminServices): Hono {
  const { project, providers } = services
  return new Hono()
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => providers.list(project, count, cursor ?? null)
      return context.json(pageOf(list, limit, ({ provider }) => provider.id, providerView))
    })
    .post('/', async (context) => {
      const definition = await readBody(context, providerCreate)
      checkProvider(definition, services.prepareScopes)
      const created = providers.create(project, definition)
      await recordOrUndo(services, 'provider.created', created, definition)
      return context.json(providerView(created), 201)
    })
    .get('/:id', (context) => context.json(providerView(providers.get(project, context.req.param('id')))))
    .put('/:id', async (context) => {
      const definition = await readBody(context, providerCreate)
      if (definition.id !== context.req.param('id')) {
        throw new CoatcheckError('request_invalid', { field: 'id', reason: 'not the id in the path' })
      }
      checkProvider(definition, services.prepareScopes)
      const applied = providers.apply(project, definition)
      await recordOrUndo(services, 'provider.applied', applied, definition)
      return context.json(providerView(applied))
    })
    .delete('/:id', async (context) => {
      const { id } = providers.delete(project, context.req.param('id'))
      await recordAction(services, 'provider.deleted', { subject: id })
      return context.body(null, 204)
    })
}

/** A change that the journal knows nothing of does not stand. */
async function recordOrUndo(
  services: AdminServices,
  kind: 'provider.created' | 'provider.applied',
  saved: SavedProvider,
  { id, hosts }: ProviderCreate,
): Promise<void> {
  try {
    await recordAction(services, kind, { subject: id, note: hosts.map(({ host }) => host).join(' ') })
  } catch (error) {
    saved.undo()
    throw error
  }
}

function providerView({ provider, origin }: KnownProvider): ProviderView {
  const { id, name, category, variables, companionVariables, baseUrlVariables, hosts, keyShapes } = provider
  return {
    id,
    name,
    category,
    origin,
    variables,
    companionVariables,
    baseUrlVariables,
    hosts,
    keyPrefixes: [...new Set(keyShapes.map(({ prefix }) => prefix).filter((prefix) => prefix !== ''))],
    dangerous: provider.dangerous,
    scopes: scopesOf(provider),
    documentation: provider.documentation,
    lastChecked: origin === 'own' ? null : provider.lastChecked,
  }
}

const saving = [
  ...(['provider_built_in', 'provider_invalid', 'provider_limit', 'variable_taken'] as const),
  ...(['vault_locked', 'audit_unavailable'] as const),
]

/** What these routes are. */
export const providerDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/providers',
    summary: 'List providers by id',
    query: listQuery,
    reply: { status: 200, description: 'A page of providers, of the catalog and of one’s own.' },
  },
  {
    method: 'POST',
    path: '/v1/providers',
    summary: 'Describe a provider of one’s own',
    body: providerCreate,
    reply: { status: 201, description: 'The provider.' },
    problems: ['provider_exists', ...saving],
  },
  {
    method: 'GET',
    path: '/v1/providers/{id}',
    summary: 'Show one provider',
    reply: { status: 200, description: 'The provider.' },
    problems: ['provider_not_found'],
  },
  {
    method: 'PUT',
    path: '/v1/providers/{id}',
    summary: 'Describe a provider of one’s own, in the place of the one with this id; stored secrets keep their scopes',
    body: providerCreate,
    reply: { status: 200, description: 'The provider.' },
    problems: saving,
  },
  {
    method: 'DELETE',
    path: '/v1/providers/{id}',
    summary: 'Forget a provider of one’s own; secrets that were made from it keep their scopes',
    reply: { status: 204, description: 'Deleted.' },
    problems: ['provider_not_found', 'provider_built_in', 'vault_locked', 'audit_unavailable'],
  },
]
