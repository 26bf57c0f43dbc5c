import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** xAI: Bearer, for gRPC and for HTTP. The management API has a host of its own. */
export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  category: 'llm',
  variables: ['XAI_API_KEY', 'XAI_MANAGEMENT_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.x.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'management-api.x.ai', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'xai-', /^xai-[A-Za-z0-9_-]{70,120}$/)],
  dangerous: [
    {
      method: 'POST',
      path: '/auth/teams/*/api-keys',
      class: 'credentials',
      why: 'makes a key',
      host: 'management-api.x.ai',
    },
    { method: 'POST', path: '/v1/realtime/client_secrets', class: 'credentials', why: 'makes a short-lived key' },
    { method: '*', path: '/**', class: 'admin', why: 'keys and teams', host: 'management-api.x.ai' },
    {
      method: 'POST',
      path: '/auth/**',
      class: 'credentials',
      why: 'makes and changes keys',
      host: 'management-api.x.ai',
    },
    { method: 'POST', path: '/xai_api.Files/CreatePublicUrl', class: 'exfil', why: 'makes a file public' },
    {
      method: 'POST',
      path: '/xai_api.BatchMgmt/CreateBatch',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    { method: 'POST', path: '/xai_api.Video/*', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/xai_api.Files/DeleteFile', class: 'destructive', why: 'deletes a file' },
    {
      method: 'POST',
      path: '/collections.Collections/DeleteCollection',
      class: 'destructive',
      why: 'deletes a collection',
    },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions', false)] },
  probe: { method: 'GET', host: 'api.x.ai', path: '/v1/api-key' },
  documentation: 'https://docs.x.ai',
  sources: ['xai-org/xai-proto', 'xai-org/xai-sdk-python', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
