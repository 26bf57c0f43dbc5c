import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Replicate: Bearer, or `Token` in older clients. */
export const replicate: Provider = {
  id: 'replicate',
  name: 'Replicate',
  category: 'media',
  variables: ['REPLICATE_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
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
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.replicate.com', path: '/v1/account' },
  documentation: 'https://replicate.com/docs/reference/http',
  sources: ['replicate/replicate-javascript', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
