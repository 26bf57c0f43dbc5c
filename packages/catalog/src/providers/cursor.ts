import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Cursor: the user of a Basic pair, or Bearer. */
export const cursor: Provider = {
  id: 'cursor',
  name: 'Cursor',
  category: 'llm',
  variables: ['CURSOR_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.cursor.com', injectors: [{ kind: 'basic', as: 'user' }, { kind: 'bearer' }] },
    { host: 'api2.cursor.sh', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'key_', /^key_[0-9a-f]{64}$/)],
  dangerous: [
    { method: 'POST', path: '/v0/agents', class: 'spend', why: 'starts a paid agent that changes a repository' },
    { method: 'POST', path: '/v0/agents/*/followup', class: 'spend', why: 'has an agent go on' },
    { method: 'DELETE', path: '/v0/agents/*', class: 'destructive', why: 'deletes an agent' },
    { method: 'DELETE', path: '/v1/agents/*', class: 'destructive', why: 'deletes an agent' },
    { method: 'POST', path: '/v1/sub-tokens', class: 'credentials', why: 'makes a token of a user' },
    { method: 'POST', path: '/v1/agents', class: 'spend', why: 'starts a paid agent that changes a repository' },
    { method: 'POST', path: '/v1/agents/*/runs', class: 'spend', why: 'has an agent go on' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.cursor.com', path: '/v1/me' },
  documentation: 'https://cursor.com/docs/cli/reference/authentication',
  sources: ['cursor.com OpenAPI of Cloud Agents', 'betterleaks', 'NangoHQ/nango', 'NVIDIA/OpenShell'],
  lastChecked: '2026-11-23',
}
