import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Fireworks: one host, Bearer. */
export const fireworks: Provider = {
  id: 'fireworks',
  name: 'Fireworks AI',
  category: 'llm',
  variables: ['FIREWORKS_API_KEY'],
  companionVariables: ['FIREWORKS_ACCOUNT_ID'],
  baseUrlVariables: [{ name: 'FIREWORKS_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [{ host: 'api.fireworks.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'fw_', /^fw_[A-Za-z0-9]{20,48}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/accounts/*/users/*/apiKeys', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/v1/accounts/*/deployments', class: 'spend', why: 'rents a deployment' },
    { method: 'POST', path: '/v1/accounts/*/supervisedFineTuningJobs', class: 'spend', why: 'trains a model' },
    { method: '*', path: '/v1/accounts/*/users/**', class: 'admin', why: 'members and keys' },
    { method: 'DELETE', path: '/v1/accounts/*/models/*', class: 'destructive', why: 'deletes a model' },
    { method: 'POST', path: '/v1/accounts/*/deployedModels', class: 'spend', why: 'loads a model into a deployment' },
    {
      method: 'POST',
      path: '/v1/accounts/*/batchInferenceJobs',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    { method: 'POST', path: '/v1/accounts/*/dpoJobs', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/accounts/*/reinforcementFineTuningJobs', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/accounts/*/rlorTrainerJobs', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/accounts/*/evaluationJobs', class: 'spend', why: 'runs many completions' },
    { method: 'PATCH', path: '/v1/accounts/*/deployments/*', class: 'spend', why: 'enlarges a deployment' },
    { method: '*', path: '/v1/accounts/*/secrets/**', class: 'admin', why: 'secrets of evaluators' },
    {
      method: 'GET',
      path: '/v1/accounts/*/models/*:getDownloadEndpoint',
      class: 'exfil',
      why: 'gives signed addresses of the model’s files',
    },
    { method: 'DELETE', path: '/v1/accounts/*/deployments/*', class: 'destructive', why: 'removes a deployment' },
    { method: 'DELETE', path: '/v1/accounts/*/datasets/*', class: 'destructive', why: 'deletes a data set' },
    { method: 'DELETE', path: '/v1/accounts/*/deployedModels/*', class: 'destructive', why: 'unloads a model' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/inference/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.fireworks.ai', path: '/v1/accounts' },
  documentation: 'https://docs.fireworks.ai/api-reference/introduction',
  sources: ['fw-ai-external/python-sdk', 'vercel/ai'],
  lastChecked: '2026-11-23',
}
