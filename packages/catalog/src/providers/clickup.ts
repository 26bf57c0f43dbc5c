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
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.clickup.com', path: '/api/v2/user' },
  documentation: 'https://developer.clickup.com/docs/authentication',
  sources: ['betterleaks'],
  lastChecked: '2026-11-22',
}
