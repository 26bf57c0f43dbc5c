import type { Provider } from '../provider.ts'

/** monday.com: the token without a scheme, or Bearer. */
export const monday: Provider = {
  id: 'monday',
  name: 'monday.com',
  category: 'productivity',
  variables: ['MONDAY_API_TOKEN', 'MONDAY_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.monday.com', injectors: [{ kind: 'header', name: 'Authorization' }, { kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [
    {
      method: 'POST',
      path: '/v2',
      class: 'destructive',
      why: 'deletes boards and items',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/v2',
      class: 'exfil',
      why: 'sends events to a URL of choice',
      body: { kind: 'words', words: ['create_webhook'] },
    },
    {
      method: 'POST',
      path: '/v2/file',
      class: 'destructive',
      why: 'changes items',
      body: { kind: 'graphql-mutation' },
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'POST', host: 'api.monday.com', path: '/v2', body: '{"query":"{me{id}}"}' },
  documentation: 'https://developer.monday.com/api-reference/docs/authentication',
  sources: ['developer.monday.com', 'onecli', 'NangoHQ/nango'],
  lastChecked: '2026-11-23',
}
