import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** xAI: Bearer, for gRPC and for HTTP, whose calls are the same ones. The management API has a host and keys of its own. */
export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  category: 'llm',
  variables: ['XAI_API_KEY', 'XAI_MANAGEMENT_KEY', 'XAI_MANAGEMENT_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.x.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'management-api.x.ai', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'xai-', /^xai-[A-Za-z0-9_-]{70,120}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/realtime/client_secrets', class: 'credentials', why: 'makes a short-lived key' },
    { method: '*', path: '/**', class: 'admin', why: 'keys, teams and money', host: 'management-api.x.ai' },
    {
      method: 'POST',
      path: '/auth/**',
      class: 'credentials',
      why: 'makes keys',
      host: 'management-api.x.ai',
    },
    {
      method: 'POST',
      path: '/v1/billing/teams/*/prepaid/top-up',
      class: 'money',
      why: 'buys credit',
      host: 'management-api.x.ai',
    },
    {
      method: 'POST',
      path: '/prod_mc_billing.UISvc/TopUpOrGetExistingPendingChange',
      class: 'money',
      why: 'buys credit',
      host: 'management-api.x.ai',
    },
    { method: 'POST', path: '/v1/files/*/public-url', class: 'exfil', why: 'makes a file public' },
    { method: 'POST', path: '/xai_api.Files/CreatePublicUrl', class: 'exfil', why: 'makes a file public' },
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    {
      method: 'POST',
      path: '/v1/batches/*/requests',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    {
      method: 'POST',
      path: '/xai_api.BatchMgmt/CreateBatch',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    {
      method: 'POST',
      path: '/xai_api.BatchMgmt/AddBatchRequests',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    { method: 'POST', path: '/v1/videos/**', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/xai_api.Video/GenerateVideo', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/xai_api.Video/ExtendVideo', class: 'spend', why: 'generates video' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
    { method: 'POST', path: '/xai_api.Files/DeleteFile', class: 'destructive', why: 'deletes a file' },
    { method: 'DELETE', path: '/v1/custom-voices/*', class: 'destructive', why: 'deletes a voice' },
    {
      method: 'DELETE',
      path: '/v1/collections/*',
      class: 'destructive',
      why: 'deletes a collection',
      host: 'management-api.x.ai',
    },
    {
      method: 'POST',
      path: '/collections.Collections/DeleteCollection',
      class: 'destructive',
      why: 'deletes a collection',
    },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      chatCompletionsReport('/v1/chat/completions', false),
      {
        path: '/v1/responses',
        counts: {
          input: '$.usage.input_tokens',
          output: '$.usage.output_tokens',
          cacheRead: '$.usage.input_tokens_details.cached_tokens',
          reasoning: '$.usage.output_tokens_details.reasoning_tokens',
        },
        inputIncludesCache: true,
        outputIncludesReasoning: true,
        stream: { events: ['response.completed'] },
      },
    ],
  },
  probe: {
    method: 'GET',
    host: 'api.x.ai',
    path: '/v1/api-key',
    others: [{ method: 'GET', host: 'management-api.x.ai', path: '/auth/management-keys/validation' }],
  },
  documentation: 'https://docs.x.ai/developers/rest-api-reference/inference',
  sources: ['docs.x.ai rest-api-reference', 'xai-org/xai-proto', 'xai-org/xai-sdk-python', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
