import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Vercel’s gateway to models: one host, Bearer. */
export const vercelAiGateway: Provider = {
  id: 'vercel-ai-gateway',
  name: 'Vercel AI Gateway',
  category: 'llm',
  variables: ['AI_GATEWAY_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'ai-gateway.vercel.sh', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('gateway key', 'vck_', /^vck_[A-Za-z0-9_-]{56}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/realtime/client-secrets', class: 'credentials', why: 'makes a short-lived key' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'ai-gateway.vercel.sh', path: '/v1/credits' },
  documentation: 'https://vercel.com/docs/ai-gateway',
  sources: ['vercel/ai packages/gateway', 'vercel.com/docs/ai-gateway', 'betterleaks'],
  lastChecked: '2026-11-23',
}
