import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/**
 * MiniMax: Bearer, or the field of Anthropic for clients of its form, on one host for each region. Older keys are JSON Web
 * Tokens, which say nothing about who issued them.
 */
export const minimax: Provider = {
  id: 'minimax',
  name: 'MiniMax',
  category: 'llm',
  variables: ['MINIMAX_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'MINIMAX_API_HOST', safeToRedirect: true, path: '' },
    // Its own command line asks for the quota of another host then.
    { name: 'MINIMAX_BASE_URL', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'api.minimax.io', injectors: [{ kind: 'bearer' }, { kind: 'header', name: 'x-api-key' }] },
    { host: 'api.minimaxi.com', injectors: [{ kind: 'bearer' }, { kind: 'header', name: 'x-api-key' }] },
  ],
  // Clients tell the plan by the beginning of the key.
  keyShapes: [
    prefixedShape('API key', 'sk-api-', /^sk-api-[A-Za-z0-9_-]{40,160}$/),
    prefixedShape('plan key', 'sk-cp-', /^sk-cp-[A-Za-z0-9_-]{40,160}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/*/video_generation', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/v1/music_generation', class: 'spend', why: 'generates music' },
    { method: 'POST', path: '/v1/voice_clone', class: 'spend', why: 'clones a voice' },
    { method: 'POST', path: '/v1/files/delete', class: 'destructive', why: 'deletes a file' },
    { method: 'DELETE', path: '/v1/files', class: 'destructive', why: 'deletes a file' },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      chatCompletionsReport('/v1/chat/completions'),
      {
        path: '/anthropic/v1/messages',
        counts: {
          input: '$.usage.input_tokens',
          output: '$.usage.output_tokens',
          cacheRead: '$.usage.cache_read_input_tokens',
          cacheWrite: '$.usage.cache_creation_input_tokens',
        },
        inputIncludesCache: false,
        outputIncludesReasoning: true,
        stream: { events: ['message_start', 'message_delta'] },
      },
    ],
  },
  probe: {
    method: 'GET',
    host: 'api.minimax.io',
    path: '/v1/models',
    others: [{ method: 'GET', host: 'api.minimaxi.com', path: '/v1/models' }],
  },
  documentation: 'https://platform.minimax.io/docs/guides/quickstart',
  sources: ['MiniMax-AI/cli src', 'MiniMax-AI/MiniMax-MCP', 'platform.minimax.io/docs', 'vercel/ai', 'betterleaks'],
  lastChecked: '2026-11-23',
}
