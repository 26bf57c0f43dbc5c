import type { Provider } from '../provider.ts'

/** fal: a scheme `Key` of its own. Keys have no public prefix. */
export const fal: Provider = {
  id: 'fal',
  name: 'fal',
  category: 'media',
  variables: ['FAL_KEY', 'FAL_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'fal.run', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'queue.fal.run', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'rest.alpha.fal.ai', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
  ],
  keyShapes: [],
  dangerous: [],
  usage: null,
  probe: null,
  documentation: 'https://docs.fal.ai',
  sources: ['vercel/ai packages/fal'],
  lastChecked: '2026-11-22',
}
