import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Replicate: Bearer, or `Token` in older clients. */
export const replicate: Provider = {
  id: 'replicate',
  name: 'Replicate',
  category: 'media',
  variables: ['REPLICATE_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'REPLICATE_BASE_URL', safeToRedirect: true, path: '/v1' }],
  hosts: [
    { host: 'api.replicate.com', injectors: [{ kind: 'bearer' }, { kind: 'bearer', scheme: 'token' }] },
    { host: 'replicate.delivery', injectors: [] },
  ],
  keyShapes: [prefixedShape('API token', 'r8_', /^r8_[0-9A-Za-z_-]{37}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/deployments', class: 'spend', why: 'rents a deployment' },
    { method: 'POST', path: '/v1/models/*/*/versions/*/trainings', class: 'spend', why: 'trains a model' },
    { method: 'DELETE', path: '/v1/models/*/*', class: 'destructive', why: 'deletes a model' },
    { method: 'DELETE', path: '/v1/deployments/*/*', class: 'destructive', why: 'removes a deployment' },
    {
      method: 'GET',
      path: '/v1/webhooks/default/secret',
      class: 'credentials',
      why: 'shows the key that signs messages',
    },
    { method: 'PATCH', path: '/v1/deployments/*/*', class: 'spend', why: 'can enlarge a deployment' },
    { method: 'DELETE', path: '/v1/models/*/*/versions/*', class: 'destructive', why: 'deletes a version of a model' },
    { method: 'PATCH', path: '/v1/models/*/*', class: 'admin', why: 'changes a model' },
    { method: 'POST', path: '/v1/models', class: 'admin', why: 'makes a model, public if asked' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.replicate.com', path: '/v1/account' },
  documentation: 'https://replicate.com/docs/reference/http',
  sources: ['replicate/replicate-python-beta api.md', 'replicate/replicate-javascript', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
