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
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: null,
  documentation: 'https://vercel.com/docs/ai-gateway',
  sources: ['vercel/ai packages/gateway', 'betterleaks'],
  lastChecked: '2026-11-22',
}
