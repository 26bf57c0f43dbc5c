import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Together: Bearer, on the present host and on the one before. */
export const together: Provider = {
  id: 'together',
  name: 'Together AI',
  category: 'llm',
  variables: ['TOGETHER_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'TOGETHER_BASE_URL', safeToRedirect: true, path: '/v1' }],
  hosts: [
    { host: 'api.together.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'api.together.xyz', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'tgp_v1_', /^tgp_v1_[A-Za-z0-9_-]{43}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/fine-tunes', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/endpoints', class: 'spend', why: 'rents an endpoint' },
    { method: 'DELETE', path: '/v1/endpoints/*', class: 'destructive', why: 'removes an endpoint' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
    { method: 'POST', path: '/v1/deployments', class: 'spend', why: 'rents a deployment' },
    { method: 'POST', path: '/v1/compute/clusters', class: 'spend', why: 'rents a cluster' },
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'POST', path: '/v1/videos', class: 'spend', why: 'generates video' },
    { method: 'POST', path: '/v1/rl/training-sessions', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/tci/execute', class: 'spend', why: 'runs code that is paid by the session' },
    { method: 'PATCH', path: '/v1/endpoints/*', class: 'spend', why: 'starts or enlarges an endpoint' },
    { method: 'PATCH', path: '/v1/deployments/*', class: 'spend', why: 'enlarges a deployment' },
    { method: '*', path: '/v1/deployments/secrets/**', class: 'admin', why: 'secrets of deployments' },
    { method: 'DELETE', path: '/v1/deployments/*', class: 'destructive', why: 'removes a deployment' },
    { method: 'DELETE', path: '/v1/compute/clusters/*', class: 'destructive', why: 'removes a cluster' },
    { method: 'DELETE', path: '/v1/compute/clusters/storage/volumes/*', class: 'destructive', why: 'deletes a volume' },
    { method: 'DELETE', path: '/v1/deployments/storage/volumes/*', class: 'destructive', why: 'deletes a volume' },
    { method: 'DELETE', path: '/v1/fine-tunes/*', class: 'destructive', why: 'deletes a training job' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.together.ai', path: '/v1/models' },
  documentation: 'https://docs.together.ai/reference',
  sources: ['togethercomputer/openapi', 'togethercomputer/together-typescript src/client.ts', 'betterleaks'],
  lastChecked: '2026-11-23',
}
