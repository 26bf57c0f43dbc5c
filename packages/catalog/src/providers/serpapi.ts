import type { Provider } from '../provider.ts'

/** SerpApi: a parameter of the query. Its keys have no public prefix. */
export const serpapi: Provider = {
  id: 'serpapi',
  name: 'SerpApi',
  category: 'search',
  variables: ['SERPAPI_API_KEY', 'SERPAPI_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'serpapi.com', injectors: [{ kind: 'query', name: 'api_key' }] }],
  keyShapes: [],
  dangerous: [],
  usage: null,
  probe: { method: 'GET', host: 'serpapi.com', path: '/account.json' },
  documentation: 'https://serpapi.com/search-api',
  sources: ['serpapi/serpapi-javascript'],
  lastChecked: '2026-11-23',
}
