import { markedPlaceholder } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** OpenAI: Bearer everywhere, on one host and on those of regions. */
export const openai: Provider = {
  id: 'openai',
  name: 'OpenAI',
  category: 'llm',
  variables: ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY'],
  companionVariables: ['OPENAI_ORG_ID', 'OPENAI_PROJECT_ID'],
  baseUrlVariables: [{ name: 'OPENAI_BASE_URL', safeToRedirect: true, path: '/v1' }],
  hosts: [
    { host: 'api.openai.com', injectors: [{ kind: 'bearer' }] },
    { host: 'us.api.openai.com', injectors: [{ kind: 'bearer' }] },
    { host: 'eu.api.openai.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    {
      label: 'project key',
      prefix: 'sk-proj-',
      pattern:
        /^sk-proj-(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58}|[A-Za-z0-9_-]{20})T3BlbkFJ(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58}|[A-Za-z0-9_-]{20})$/,
      placeholder: markedPlaceholder('sk-proj-'),
    },
    {
      label: 'service account key',
      prefix: 'sk-svcacct-',
      pattern: /^sk-svcacct-[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}$/,
      placeholder: markedPlaceholder('sk-svcacct-'),
    },
    {
      label: 'admin key',
      prefix: 'sk-admin-',
      pattern: /^sk-admin-(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58})T3BlbkFJ(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58})$/,
      placeholder: markedPlaceholder('sk-admin-'),
    },
    {
      label: 'legacy user key',
      prefix: 'sk-',
      pattern: /^sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}$/,
      placeholder: markedPlaceholder('sk-'),
    },
  ],
  dangerous: [
    {
      method: 'POST',
      path: '/v1/organization/projects/*/service_accounts/*/api_keys',
      class: 'credentials',
      why: 'makes a key',
    },
    {
      method: 'POST',
      path: '/v1/realtime/translations/client_secrets',
      class: 'credentials',
      why: 'makes a short-lived key',
    },
    { method: 'DELETE', path: '/v1/containers/*', class: 'destructive', why: 'deletes a container' },
    { method: 'DELETE', path: '/v1/skills/*', class: 'destructive', why: 'deletes a skill' },
    { method: 'DELETE', path: '/v1/evals/*', class: 'destructive', why: 'deletes an evaluation' },
    { method: 'POST', path: '/v1/organization/admin_api_keys', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/v1/organization/projects/*/service_accounts', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/v1/realtime/client_secrets', class: 'credentials', why: 'makes a short-lived key' },
    { method: 'POST', path: '/v1/realtime/sessions', class: 'credentials', why: 'makes a short-lived key' },
    {
      method: 'POST',
      path: '/v1/realtime/transcription_sessions',
      class: 'credentials',
      why: 'makes a short-lived key',
    },
    { method: 'POST', path: '/v1/chatkit/sessions', class: 'credentials', why: 'makes a short-lived key' },
    { method: '*', path: '/v1/organization/**', class: 'admin', why: 'keys, members, projects, limits, audit log' },
    { method: '*', path: '/v1/projects/**', class: 'admin', why: 'role assignments' },
    { method: 'POST', path: '/v1/fine_tuning/jobs', class: 'spend', why: 'starts a long, dear job' },
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'POST', path: '/v1/videos', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/v1/evals/*/runs', class: 'spend', why: 'runs many completions' },
    { method: 'DELETE', path: '/v1/models/*', class: 'destructive', why: 'removes a fine-tuned model' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
    { method: 'DELETE', path: '/v1/vector_stores/*', class: 'destructive', why: 'deletes a vector store' },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      chatCompletionsReport('/v1/chat/completions'),
      {
        path: '/v1/responses',
        counts: {
          input: '$.usage.input_tokens',
          output: '$.usage.output_tokens',
          cacheRead: '$.usage.input_tokens_details.cached_tokens',
          cacheWrite: '$.usage.input_tokens_details.cache_write_tokens',
          reasoning: '$.usage.output_tokens_details.reasoning_tokens',
        },
        inputIncludesCache: true,
        outputIncludesReasoning: true,
        stream: { events: ['response.completed'] },
      },
      {
        path: '/v1/embeddings',
        counts: { input: '$.usage.prompt_tokens' },
        inputIncludesCache: true,
        outputIncludesReasoning: true,
        stream: null,
      },
    ],
  },
  // Restricted keys may lack this right.
  probe: { method: 'GET', host: 'api.openai.com', path: '/v1/models', goodRefusal: 'Missing scopes' },
  documentation: 'https://platform.openai.com/docs/api-reference/authentication',
  sources: [
    'openai/openai-openapi',
    'openai/openai-node src/client.ts, api.md',
    'gitleaks',
    'trufflehog',
    'betterleaks',
  ],
  lastChecked: '2026-11-23',
}
