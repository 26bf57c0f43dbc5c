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
  dangerous: [],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.cursor.com', path: '/v0/me' },
  documentation: 'https://docs.cursor.com',
  sources: ['betterleaks', 'NangoHQ/nango', 'NVIDIA/OpenShell'],
  lastChecked: '2026-11-22',
}
