import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** ClickUp: personal tokens stand in `Authorization` without a scheme, OAuth tokens as Bearer. */
export const clickup: Provider = {
  id: 'clickup',
  name: 'ClickUp',
  category: 'productivity',
  variables: ['CLICKUP_API_TOKEN', 'CLICKUP_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.clickup.com', injectors: [{ kind: 'header', name: 'Authorization' }, { kind: 'bearer' }] }],
  keyShapes: [prefixedShape('personal token', 'pk_', /^pk_[0-9]{7,9}_[A-Z0-9]{32}$/)],
  dangerous: [
    { method: 'DELETE', path: '/api/v2/task/*', class: 'destructive', why: 'deletes a task' },
    { method: 'DELETE', path: '/api/v2/space/*', class: 'destructive', why: 'deletes a space' },
    { method: 'POST', path: '/api/v2/team/*/webhook', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/api/v2/oauth/token', class: 'credentials', why: 'makes a token' },
    { method: 'PUT', path: '/api/v2/webhook/*', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/api/v2/folder/*', class: 'destructive', why: 'deletes a folder with its lists' },
    { method: 'DELETE', path: '/api/v2/list/*', class: 'destructive', why: 'deletes a list with its tasks' },
    { method: 'DELETE', path: '/api/v2/goal/*', class: 'destructive', why: 'deletes a goal' },
    { method: 'DELETE', path: '/api/v2/comment/*', class: 'destructive', why: 'deletes a comment' },
    { method: 'DELETE', path: '/api/v2/view/*', class: 'destructive', why: 'deletes a view' },
    { method: 'DELETE', path: '/api/v2/webhook/*', class: 'destructive', why: 'stops the delivery of events' },
    { method: 'DELETE', path: '/api/v2/team/*/time_entries/*', class: 'destructive', why: 'deletes recorded time' },
    { method: 'POST', path: '/api/v2/team/*/guest', class: 'admin', why: 'invites a guest' },
    { method: 'POST', path: '/api/v2/team/*/user', class: 'admin', why: 'invites someone' },
    { method: 'DELETE', path: '/api/v2/team/*/user/*', class: 'admin', why: 'removes someone' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.clickup.com', path: '/api/v2/user' },
  documentation: 'https://developer.clickup.com/docs/authentication',
  sources: ['developer.clickup.com OpenAPI', 'betterleaks'],
  lastChecked: '2026-11-23',
}
