import type { Provider } from '../provider.ts'

/** Brave Search: a header of its own. */
export const braveSearch: Provider = {
  id: 'brave-search',
  name: 'Brave Search',
  category: 'search',
  variables: ['BRAVE_API_KEY', 'BRAVE_SEARCH_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.search.brave.com', injectors: [{ kind: 'header', name: 'X-Subscription-Token' }] }],
  keyShapes: [],
  dangerous: [],
  usage: null,
  // Every call is a search, and is paid for.
  probe: null,
  documentation: 'https://api-dashboard.search.brave.com/app/documentation',
  sources: ['brave/brave-search-mcp-server', 'betterleaks'],
  lastChecked: '2026-11-23',
}
