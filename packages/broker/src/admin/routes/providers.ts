import { findProvider, type Provider, providers, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type ProviderView } from '@coatcheck/contract'
import { Hono } from 'hono'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { listQuery } from '../schemas.ts'

/** `/v1/providers`: the catalog, in the order of ids. */
export function providerRoutes(): Hono {
  return new Hono()
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => providers.filter(({ id }) => cursor === undefined || id > cursor).slice(0, count)
      return context.json(pageOf(list, limit, ({ id }) => id, providerView))
    })
    .get('/:id', (context) => {
      const provider = findProvider(context.req.param('id'))
      if (provider === undefined) throw new CoatcheckError('provider_not_found')
      return context.json(providerView(provider))
    })
}

function providerView(provider: Provider): ProviderView {
  const { id, name, category, variables } = provider
  return { id, name, category, variables, scopes: scopesOf(provider) }
}
