import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Notion: one host, Bearer. Every request names the version of the API. */
export const notion: Provider = {
  id: 'notion',
  name: 'Notion',
  category: 'productivity',
  variables: ['NOTION_TOKEN', 'NOTION_API_KEY', 'NOTION_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.notion.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [
    prefixedShape('integration token', 'ntn_', /^ntn_[0-9]{11}[A-Za-z0-9]{35}$/),
    prefixedShape('legacy token', 'secret_', /^secret_[A-Za-z0-9]{43}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/v1/oauth/token', class: 'credentials', why: 'makes a token' },
    { method: 'PATCH', path: '/v1/data_sources/*', class: 'destructive', why: 'changes the columns of a table' },
    { method: 'DELETE', path: '/v1/views/*', class: 'destructive', why: 'deletes a view' },
    {
      method: 'PATCH',
      path: '/v1/blocks/*',
      class: 'destructive',
      why: 'deletes a block',
      host: 'api.notion.com',
      body: { kind: 'json-member', members: { archived: true, in_trash: true } },
    },
    { method: 'DELETE', path: '/v1/blocks/*', class: 'destructive', why: 'deletes a block or a page' },
    {
      method: 'PATCH',
      path: '/v1/pages/*',
      class: 'destructive',
      why: 'deletes a page',
      body: { kind: 'json-member', members: { archived: true, in_trash: true } },
    },
    { method: 'PATCH', path: '/v1/databases/*', class: 'destructive', why: 'changes the columns of a database' },
  ],
  usage: { kind: 'none' },
  // Needs no right, unlike the list of users.
  probe: {
    method: 'GET',
    host: 'api.notion.com',
    path: '/v1/users/me',
    headers: { 'notion-version': '2025-09-03' },
  },
  documentation: 'https://developers.notion.com/reference/authentication',
  sources: ['makenotion/notion-sdk-js', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-23',
}
