import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Perplexity: one host, Bearer. */
export const perplexity: Provider = {
  id: 'perplexity',
  name: 'Perplexity',
  category: 'llm',
  variables: ['PERPLEXITY_API_KEY', 'PPLX_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'PERPLEXITY_BASE_URL', safeToRedirect: true, path: '' }],
  hosts: [{ host: 'api.perplexity.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'pplx-', /^pplx-[A-Za-z0-9]{48}$/)],
  dangerous: [
    { method: 'POST', path: '/generate_auth_token', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/revoke_auth_token', class: 'admin', why: 'revokes a key' },
    {
      method: 'POST',
      path: '/v1/browser/sessions',
      class: 'spend',
      why: 'starts a browser that is paid by the minute',
    },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/chat/completions', false)] },
  probe: null,
  documentation: 'https://docs.perplexity.ai',
  sources: ['docs.perplexity.ai openapi-auth', 'perplexityai/perplexity-node src/client.ts, api.md', 'gitleaks'],
  lastChecked: '2026-11-23',
}
