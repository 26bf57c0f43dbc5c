import type { Provider } from '../provider.ts'

/** Box: Bearer. Developer tokens last an hour. */
export const box: Provider = {
  id: 'box',
  name: 'Box',
  category: 'productivity',
  variables: ['BOX_DEVELOPER_TOKEN', 'BOX_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.box.com', injectors: [{ kind: 'bearer' }] },
    { host: 'upload.box.com', injectors: [{ kind: 'bearer' }] },
    { host: 'dl.boxcloud.com', injectors: [] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'DELETE', path: '/2.0/files/*', class: 'destructive', why: 'deletes a file' },
    { method: 'DELETE', path: '/2.0/folders/*', class: 'destructive', why: 'deletes a folder' },
    { method: 'POST', path: '/2.0/collaborations', class: 'exfil', why: 'shares with someone' },
    { method: 'PUT', path: '/2.0/files/*', class: 'exfil', why: 'can make a public link' },
    { method: 'POST', path: '/2.0/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: '*', path: '/2.0/users/**', class: 'admin', why: 'users' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.box.com', path: '/2.0/users/me' },
  documentation: 'https://developer.box.com/guides/authentication/',
  sources: ['trufflehog', 'betterleaks', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
