import type { Provider } from '../provider.ts'

/** Todoist: one host, Bearer. Its tokens have no public prefix. */
export const todoist: Provider = {
  id: 'todoist',
  name: 'Todoist',
  category: 'productivity',
  variables: ['TODOIST_API_TOKEN', 'TODOIST_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.todoist.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [
    { method: 'DELETE', path: '/api/v1/projects/*', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/api/v1/tasks/*', class: 'destructive', why: 'deletes a task' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://developer.todoist.com/api/v1/',
  sources: ['onecli', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
