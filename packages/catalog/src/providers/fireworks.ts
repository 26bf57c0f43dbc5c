import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Fireworks: one host, Bearer. */
export const fireworks: Provider = {
  id: 'fireworks',
  name: 'Fireworks AI',
  category: 'llm',
  variables: ['FIREWORKS_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'FIREWORKS_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [{ host: 'api.fireworks.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'fw_', /^fw_[A-Za-z0-9]{20,48}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/accounts/*/users/*/apiKeys', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/v1/accounts/*/deployments', class: 'spend', why: 'rents a deployment' },
    { method: 'POST', path: '/v1/accounts/*/supervisedFineTuningJobs', class: 'spend', why: 'trains a model' },
    { method: '*', path: '/v1/accounts/*/users/**', class: 'admin', why: 'members and keys' },
    { method: 'DELETE', path: '/v1/accounts/*/models/*', class: 'destructive', why: 'deletes a model' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/inference/v1/chat/completions')] },
  probe: null,
  documentation: 'https://docs.fireworks.ai/api-reference/introduction',
  sources: ['fw-ai-external/python-sdk', 'vercel/ai'],
  lastChecked: '2026-11-22',
}
