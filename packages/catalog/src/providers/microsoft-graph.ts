import type { Provider } from '../provider.ts'

/** Microsoft Graph: an access token as Bearer. Getting one needs more than this provider does. */
export const microsoftGraph: Provider = {
  id: 'microsoft-graph',
  name: 'Microsoft Graph',
  category: 'productivity',
  variables: ['MS_GRAPH_TOKEN', 'MICROSOFT_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'graph.microsoft.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/*/applications/*/addPassword', class: 'credentials', why: 'makes a client secret' },
    { method: 'POST', path: '/*/applications/*/addKey', class: 'credentials', why: 'adds a key' },
    { method: 'POST', path: '/*/servicePrincipals/*/addPassword', class: 'credentials', why: 'makes a client secret' },
    { method: 'POST', path: '/*/servicePrincipals/*/addKey', class: 'credentials', why: 'adds a key' },
    {
      method: 'POST',
      path: '/*/users/*/authentication/temporaryAccessPassMethods',
      class: 'credentials',
      why: 'makes a pass to log in',
    },
    {
      method: 'POST',
      path: '/*/$batch',
      class: 'credentials',
      why: 'can make client secrets',
      body: { kind: 'words', words: ['addPassword', 'addKey', 'temporaryAccessPassMethods'] },
    },
    { method: 'POST', path: '/v1.0/me/sendMail', class: 'publish', why: 'sends mail' },
    { method: 'POST', path: '/v1.0/$batch', class: 'destructive', why: 'hides other calls in its body' },
    { method: 'DELETE', path: '/v1.0/users/*', class: 'admin', why: 'deletes a user' },
    { method: 'POST', path: '/v1.0/me/drive/items/*/createLink', class: 'exfil', why: 'makes a public link' },
    { method: 'POST', path: '/v1.0/me/mailFolders/inbox/messageRules', class: 'exfil', why: 'forwards mail' },
    { method: 'POST', path: '/v1.0/subscriptions', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'graph.microsoft.com', path: '/v1.0/me' },
  documentation: 'https://learn.microsoft.com/graph/auth/',
  sources: ['onecli', 'gitleaks', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
