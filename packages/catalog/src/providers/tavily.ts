import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Tavily: one host, Bearer; old clients put the key into the body. */
export const tavily: Provider = {
  id: 'tavily',
  name: 'Tavily',
  category: 'search',
  variables: ['TAVILY_API_KEY'],
  companionVariables: ['TAVILY_PROJECT', 'TAVILY_ORG_ID'],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.tavily.com', injectors: [{ kind: 'bearer' }, { kind: 'body', pointer: '/api_key' }] },
    { host: 'api-key-generator.tavily.com', injectors: [{ kind: 'bearer' }] },
  ],
  // Keys hold hyphens but no `_`.
  keyShapes: [
    prefixedShape('production key', 'tvly-', /^tvly-(?:prod-)?[A-Za-z0-9-]{32,60}$/, {
      lead: 'tvly-coatcheck_',
      alphabet: 'alphanumeric',
      length: 24,
    }),
    prefixedShape('development key', 'tvly-dev-', /^tvly-dev-[A-Za-z0-9-]{32,60}$/, {
      lead: 'tvly-dev-coatcheck_',
      alphabet: 'alphanumeric',
      length: 24,
    }),
  ],
  dangerous: [
    { method: 'POST', path: '/crawl', class: 'spend', why: 'fetches a whole site' },
    { method: 'POST', path: '/research', class: 'spend', why: 'many credits in one call' },
    {
      method: 'POST',
      path: '/generate-keys',
      class: 'credentials',
      why: 'makes keys',
      host: 'api-key-generator.tavily.com',
    },
    {
      method: 'POST',
      path: '/deactivate-keys',
      class: 'admin',
      why: 'revokes keys',
      host: 'api-key-generator.tavily.com',
    },
  ],
  usage: null,
  probe: null,
  documentation: 'https://docs.tavily.com',
  sources: ['docs.tavily.com', 'tavily-ai/tavily-python', 'noseyparker', 'kingfisher'],
  lastChecked: '2026-11-23',
}
