import type { Provider } from '../provider.ts'

/** Exa: a header of its own, or Bearer. Its keys have no public prefix. */
export const exa: Provider = {
  id: 'exa',
  name: 'Exa',
  category: 'search',
  variables: ['EXA_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.exa.ai', injectors: [{ kind: 'header', name: 'x-api-key' }, { kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/research/v1/**', class: 'spend', why: 'starts a long research task' },
    { method: 'POST', path: '/websets/v0/websets', class: 'spend', why: 'starts a paid crawl' },
    { method: 'POST', path: '/research/v0/tasks', class: 'spend', why: 'starts a long research task' },
    { method: 'POST', path: '/websets/v0/websets/*/searches', class: 'spend', why: 'starts a paid crawl' },
    {
      method: 'POST',
      path: '/websets/v0/websets/*/enrichments',
      class: 'spend',
      why: 'starts paid work on every item',
    },
    { method: 'POST', path: '/websets/v0/monitors', class: 'spend', why: 'starts a paid crawl again and again' },
    { method: 'POST', path: '/websets/v0/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'PATCH', path: '/websets/v0/webhooks/*', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/websets/v0/websets/*', class: 'destructive', why: 'deletes a set with its items' },
    { method: '*', path: '/team-management/**', class: 'credentials', why: 'keys of the team' },
    { method: 'POST', path: '/agent/runs', class: 'spend', why: 'starts a long paid run' },
    { method: 'POST', path: '/websets/v0/imports', class: 'spend', why: 'has many items looked up' },
    { method: 'DELETE', path: '/websets/v0/websets/*/items/*', class: 'destructive', why: 'deletes an item' },
    { method: 'DELETE', path: '/websets/v0/monitors/*', class: 'destructive', why: 'deletes a monitor' },
  ],
  usage: { kind: 'cost', cost: '$.costDollars.total' },
  probe: null,
  documentation: 'https://exa.ai/auth.md',
  sources: ['exa-labs/openapi-spec', 'exa-labs/exa-js src/index.ts'],
  lastChecked: '2026-11-23',
}
