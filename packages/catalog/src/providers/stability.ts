import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Stability AI: one host, Bearer. Its keys look like those of other services. */
export const stability: Provider = {
  id: 'stability',
  name: 'Stability AI',
  category: 'media',
  variables: ['STABILITY_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.stability.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'sk-', /^sk-[A-Za-z0-9]{48}$/)],
  dangerous: [],
  usage: null,
  probe: { method: 'GET', host: 'api.stability.ai', path: '/v1/user/balance' },
  documentation: 'https://platform.stability.ai/docs/api-reference',
  sources: ['Stability-AI/rest-api-support generated/spec', 'Stability-AI/stability-ai-toolkit', 'betterleaks'],
  lastChecked: '2026-11-23',
}
