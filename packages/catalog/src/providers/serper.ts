import type { Provider } from '../provider.ts'

/** Serper: a header of its own. Its keys have no public prefix. Its vendor publishes no description; this is what clients do. */
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
  dangerous: [
    { method: '*', path: '/**', class: 'exfil', why: 'fetches an address of choice', host: 'scrape.serper.dev' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'google.serper.dev', path: '/account' },
  documentation: 'https://serper.dev',
  sources: ['public code: langchain-ai/langchainjs tools/serper.ts, tryAGI/Serper'],
  lastChecked: '2026-11-22',
}
