import type { Provider } from '../provider.ts'

/** Serper: a header of its own. Its keys have no public prefix. */
export const serper: Provider = {
  id: 'serper',
  name: 'Serper',
  category: 'search',
  variables: ['SERPER_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'google.serper.dev', injectors: [{ kind: 'header', name: 'X-API-KEY' }] },
    { host: 'scrape.serper.dev', injectors: [{ kind: 'header', name: 'X-API-KEY' }] },
  ],
  keyShapes: [],
  dangerous: [],
  usage: null,
  probe: null,
  documentation: 'https://serper.dev',
  sources: ['public code'],
  lastChecked: '2026-11-22',
}
