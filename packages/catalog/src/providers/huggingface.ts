import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/**
 * Hugging Face: Bearer, and Basic for git. Dedicated endpoints and Spaces have hosts below suffixes that all customers share;
 * downloads are sent on to hosts that take signed URLs.
 */
export const huggingface: Provider = {
  id: 'huggingface',
  name: 'Hugging Face',
  category: 'llm',
  variables: [
    'HF_TOKEN',
    'HUGGINGFACE_TOKEN',
    'HUGGING_FACE_HUB_TOKEN',
    'HUGGINGFACEHUB_API_TOKEN',
    'HUGGINGFACE_API_KEY',
  ],
  companionVariables: [],
  baseUrlVariables: [
    // Downloads are redirected to paths that begin at the root of the host.
    { name: 'HF_ENDPOINT', safeToRedirect: false, path: '' },
    // Another host than the first.
    { name: 'HF_INFERENCE_ENDPOINT', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'huggingface.co', injectors: [{ kind: 'bearer' }, { kind: 'basic', as: 'password' }] },
    { host: 'router.huggingface.co', injectors: [{ kind: 'bearer' }] },
    { host: 'api-inference.huggingface.co', injectors: [{ kind: 'bearer' }] },
    { host: 'api.endpoints.huggingface.cloud', injectors: [{ kind: 'bearer' }] },
    { host: '*.endpoints.huggingface.cloud', injectors: [{ kind: 'bearer' }], perTenant: true },
    { host: '*.hf.space', injectors: [{ kind: 'bearer' }], perTenant: true },
    { host: 'cdn-lfs.huggingface.co', injectors: [] },
    { host: 'cas-bridge.xethub.hf.co', injectors: [] },
  ],
  keyShapes: [
    prefixedShape('user token', 'hf_', /^hf_[A-Za-z0-9]{34}$/),
    prefixedShape('organization token', 'api_org_', /^api_org_[A-Za-z0-9]{34}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/oauth/token', class: 'credentials', why: 'makes a token' },
    { method: 'GET', path: '/api/*/*/*/xet-write-token/**', class: 'credentials', why: 'makes a token to write with' },
    { method: 'POST', path: '/api/scheduled-jobs/*', class: 'spend', why: 'runs paid jobs' },
    { method: 'POST', path: '/api/settings/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/api/*/*/*/branch/*', class: 'destructive', why: 'deletes a branch' },
    { method: 'DELETE', path: '/api/repos/delete', class: 'destructive', why: 'deletes a repository' },
    { method: 'POST', path: '/api/repos/move', class: 'destructive', why: 'renames or gives away a repository' },
    { method: 'PUT', path: '/api/*/*/*/settings', class: 'exfil', why: 'can make a repository public' },
    { method: 'POST', path: '/api/spaces/*/*/secrets', class: 'admin', why: 'writes the secrets of a Space' },
    { method: 'POST', path: '/api/spaces/*/*/hardware', class: 'spend', why: 'rents hardware' },
    { method: 'POST', path: '/api/jobs/*', class: 'spend', why: 'runs paid jobs' },
    {
      method: 'POST',
      path: '/v2/endpoint/*',
      class: 'spend',
      why: 'rents an endpoint',
      host: 'api.endpoints.huggingface.cloud',
    },
    {
      method: 'GET',
      path: '/api/*/*/*/xet-read-token/**',
      class: 'exfil',
      why: 'makes a token that reads one repository',
    },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'huggingface.co', path: '/api/whoami-v2' },
  documentation: 'https://huggingface.co/docs/hub/security-tokens',
  sources: ['huggingface/huggingface_hub constants.py', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-23',
}
