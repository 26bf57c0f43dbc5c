import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Dropbox: Bearer. Nearly every call is a POST, so that a method says nothing about harm. A refresh token needs more than this provider does. */
export const dropbox: Provider = {
  id: 'dropbox',
  name: 'Dropbox',
  category: 'productivity',
  variables: ['DROPBOX_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.dropboxapi.com', injectors: [{ kind: 'bearer' }] },
    { host: 'content.dropboxapi.com', injectors: [{ kind: 'bearer' }] },
    { host: 'notify.dropboxapi.com', injectors: [] },
  ],
  keyShapes: [prefixedShape('short-lived access token', 'sl.', /^sl\.(?:u\.)?[A-Za-z0-9_=-]{130,}$/)],
  dangerous: [
    { method: 'POST', path: '/2/files/delete_v2', class: 'destructive', why: 'deletes a file' },
    { method: 'POST', path: '/2/files/delete_batch', class: 'destructive', why: 'deletes many files' },
    { method: 'POST', path: '/2/files/permanently_delete', class: 'destructive', why: 'deletes for good' },
    { method: 'POST', path: '/2/sharing/create_shared_link_with_settings', class: 'exfil', why: 'makes a public link' },
    { method: 'POST', path: '/2/sharing/add_folder_member', class: 'exfil', why: 'shares a folder' },
    { method: 'POST', path: '/2/team/**', class: 'admin', why: 'administers the team' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'POST', host: 'api.dropboxapi.com', path: '/2/users/get_current_account', body: 'null' },
  documentation: 'https://www.dropbox.com/developers/documentation/http/documentation',
  sources: ['dropbox/dropbox-sdk-js', 'trufflehog', 'gitleaks', 'onecli'],
  lastChecked: '2026-11-22',
}
