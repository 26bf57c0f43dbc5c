import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Pinecone: a header of its own. Indexes have hosts below the suffix that all customers share. */
export const pinecone: Provider = {
  id: 'pinecone',
  name: 'Pinecone',
  category: 'database',
  variables: ['PINECONE_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'PINECONE_CONTROLLER_HOST', safeToRedirect: true, path: '' }],
  hosts: [
    { host: 'api.pinecone.io', injectors: [{ kind: 'header', name: 'Api-Key' }] },
    { host: '*.pinecone.io', injectors: [{ kind: 'header', name: 'Api-Key' }], perTenant: true },
  ],
  keyShapes: [prefixedShape('API key', 'pcsk_', /^pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}$/)],
  dangerous: [
    { method: 'POST', path: '/admin/projects/*/api-keys', class: 'credentials', why: 'makes a key' },
    { method: '*', path: '/admin/**', class: 'admin', why: 'projects, keys, members' },
    { method: 'DELETE', path: '/indexes/*', class: 'destructive', why: 'deletes an index' },
    { method: 'DELETE', path: '/collections/*', class: 'destructive', why: 'deletes a collection' },
    { method: 'DELETE', path: '/namespaces/*', class: 'destructive', why: 'deletes a namespace' },
    { method: 'POST', path: '/vectors/delete', class: 'destructive', why: 'deletes vectors' },
    { method: 'PATCH', path: '/admin/api-keys/*', class: 'admin', why: 'changes what a key may do' },
    { method: 'DELETE', path: '/backups/*', class: 'destructive', why: 'deletes a backup' },
    { method: 'DELETE', path: '/assistant/assistants/*', class: 'destructive', why: 'deletes an assistant' },
    { method: 'POST', path: '/indexes', class: 'spend', why: 'rents an index' },
    { method: 'POST', path: '/indexes/create-for-model', class: 'spend', why: 'rents an index' },
    { method: 'DELETE', path: '/files/*/*', class: 'destructive', why: 'deletes a file of an assistant' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.pinecone.io', path: '/indexes' },
  documentation: 'https://docs.pinecone.io/reference/api/authentication',
  sources: ['pinecone-io/pinecone-api', 'pinecone-io/pinecone-ts-client', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
