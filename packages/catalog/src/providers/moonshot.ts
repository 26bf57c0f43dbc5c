import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport, type TokenReport } from '../usage.ts'

function report(path: string): TokenReport {
  const usual = chatCompletionsReport(path)
  return { ...usual, counts: { ...usual.counts, cacheRead: '$.usage.cached_tokens' } }
}

/** Moonshot: Bearer, on one host for each region, and on one for Kimi Code. Its keys look like those of other services. */
export const moonshot: Provider = {
  id: 'moonshot',
  name: 'Moonshot AI',
  category: 'llm',
  variables: ['MOONSHOT_API_KEY', 'KIMI_API_KEY'],
  companionVariables: [],
  // Its clients are for one of the hosts or for another.
  baseUrlVariables: [{ name: 'KIMI_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'api.moonshot.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'api.moonshot.cn', injectors: [{ kind: 'bearer' }] },
    { host: 'api.kimi.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'sk-', /^sk-[A-Za-z0-9]{48}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [report('/v1/chat/completions'), report('/coding/v1/chat/completions')],
  },
  probe: {
    method: 'GET',
    host: 'api.moonshot.ai',
    path: '/v1/models',
    others: [
      { method: 'GET', host: 'api.moonshot.cn', path: '/v1/models' },
      { method: 'GET', host: 'api.kimi.com', path: '/coding/v1/models' },
    ],
  },
  documentation: 'https://platform.kimi.ai/docs/overview',
  sources: [
    'platform.kimi.ai OpenAPI, in tryAGI/Moonshot',
    'platform.moonshot.cn/docs',
    'MoonshotAI/kimi-cli docs',
    'vercel/ai',
    'betterleaks',
  ],
  lastChecked: '2026-11-23',
}
