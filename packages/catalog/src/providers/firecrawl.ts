import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Firecrawl: one host, Bearer. */
export const firecrawl: Provider = {
  id: 'firecrawl',
  name: 'Firecrawl',
  category: 'search',
  variables: ['FIRECRAWL_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'FIRECRAWL_API_URL', safeToRedirect: true, path: '' }],
  hosts: [{ host: 'api.firecrawl.dev', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'fc-', /^fc-[0-9a-f]{32}$/)],
  dangerous: [
    { method: 'POST', path: '/v2/crawl', class: 'spend', why: 'fetches a whole site' },
    { method: 'POST', path: '/v2/batch/scrape', class: 'spend', why: 'bulk work' },
    { method: 'POST', path: '/v2/extract', class: 'spend', why: 'many credits in one call' },
    { method: 'POST', path: '/v2/agent', class: 'spend', why: 'many credits in one call' },
    { method: 'POST', path: '/v1/crawl', class: 'spend', why: 'fetches a whole site' },
    { method: 'POST', path: '/v1/batch/scrape', class: 'spend', why: 'bulk work' },
    { method: 'POST', path: '/v1/extract', class: 'spend', why: 'many credits in one call' },
    { method: 'POST', path: '/v1/deep-research', class: 'spend', why: 'many credits in one call' },
    { method: 'POST', path: '/v1/llmstxt', class: 'spend', why: 'fetches a whole site' },
    { method: 'POST', path: '/v2/monitor', class: 'spend', why: 'fetches again and again' },
    { method: 'POST', path: '/v2/interact', class: 'spend', why: 'starts a browser that is paid by the minute' },
    {
      method: 'PUT',
      path: '/v2/team/threat-protection',
      class: 'admin',
      why: 'changes which sites the team may fetch',
    },
    { method: 'DELETE', path: '/v2/monitor/*', class: 'destructive', why: 'deletes a monitor' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.firecrawl.dev', path: '/v2/team/credit-usage' },
  documentation: 'https://docs.firecrawl.dev/api-reference/introduction',
  sources: ['firecrawl/firecrawl-docs', 'firecrawl/firecrawl apps/js-sdk', 'noseyparker'],
  lastChecked: '2026-11-23',
}
