import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Nebius: Bearer, on the present host and on the one that older clients have. */
export const nebius: Provider = {
  id: 'nebius',
  name: 'Nebius Token Factory',
  category: 'llm',
  variables: ['NEBIUS_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.tokenfactory.nebius.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.studio.nebius.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: null,
  documentation: 'https://docs.tokenfactory.nebius.com',
  sources: ['docker/sbx'],
  lastChecked: '2026-11-22',
}
