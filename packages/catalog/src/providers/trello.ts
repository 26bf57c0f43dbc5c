import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Trello: a parameter for the token, or a header in the form of OAuth; the key of the application goes beside it, as a secret of its own. */
export const trello: Provider = {
  id: 'trello',
  name: 'Trello',
  category: 'productivity',
  variables: ['TRELLO_TOKEN', 'TRELLO_API_TOKEN', 'TRELLO_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'api.trello.com',
      injectors: [
        { kind: 'query', name: 'token' },
        { kind: 'query', name: 'key' },
        { kind: 'placeholder', in: ['header:Authorization'] },
      ],
    },
  ],
  keyShapes: [prefixedShape('token', 'ATTA', /^ATTA[A-Za-z0-9]{60,80}$/)],
  dangerous: [
    { method: 'DELETE', path: '/1/boards/*', class: 'destructive', why: 'deletes a board' },
    { method: 'DELETE', path: '/1/cards/*', class: 'destructive', why: 'deletes a card' },
    { method: 'POST', path: '/1/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/',
  sources: ['onecli', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
