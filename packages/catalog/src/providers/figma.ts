import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Figma: a header of its own for personal tokens, Bearer for OAuth tokens. */
export const figma: Provider = {
  id: 'figma',
  name: 'Figma',
  category: 'productivity',
  variables: ['FIGMA_API_KEY', 'FIGMA_ACCESS_TOKEN', 'FIGMA_TOKEN', 'FIGMA_OAUTH_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.figma.com', injectors: [{ kind: 'header', name: 'X-Figma-Token' }, { kind: 'bearer' }] }],
  keyShapes: [
    prefixedShape('personal access token', 'figd_', /^figd_[A-Za-z0-9_-]{38,42}$/),
    prefixedShape('plan access token', 'figp_', /^figp_[A-Za-z0-9_=-]{40,54}$/),
  ],
  dangerous: [
    { method: 'DELETE', path: '/v1/files/*/comments/*', class: 'destructive', why: 'deletes a comment' },
    { method: 'POST', path: '/v1/files/*/variables', class: 'destructive', why: 'changes many variables' },
    { method: 'POST', path: '/v2/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/v1/oauth/token', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/v1/oauth/refresh', class: 'credentials', why: 'makes a token' },
    { method: 'PUT', path: '/v2/webhooks/*', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/v2/webhooks/*', class: 'destructive', why: 'stops the delivery of events' },
    { method: 'DELETE', path: '/v1/files/*/dev_resources/*', class: 'destructive', why: 'removes a link' },
  ],
  usage: { kind: 'none' },
  // A token may lack the right to see its user.
  probe: { method: 'GET', host: 'api.figma.com', path: '/v1/me', goodRefusal: 'Invalid scope' },
  documentation: 'https://developers.figma.com/docs/rest-api/authentication/',
  sources: ['figma/rest-api-spec', 'GLips/Figma-Context-MCP', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
