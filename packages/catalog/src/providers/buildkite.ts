import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Buildkite: Bearer on the REST and the GraphQL host. */
export const buildkite: Provider = {
  id: 'buildkite',
  name: 'Buildkite',
  category: 'code-host',
  variables: ['BUILDKITE_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.buildkite.com', injectors: [{ kind: 'bearer' }] },
    { host: 'graphql.buildkite.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('user token', 'bkua_', /^bkua_(?:[a-z0-9]{40}|[a-z0-9]{53})$/)],
  dangerous: [
    {
      method: 'POST',
      path: '/v2/organizations/*/clusters/*/tokens',
      class: 'credentials',
      why: 'makes a token for build machines',
    },
    { method: 'DELETE', path: '/v2/organizations/*/pipelines/*', class: 'destructive', why: 'deletes a pipeline' },
    {
      method: 'POST',
      path: '/v1',
      class: 'destructive',
      why: 'everything that the REST API does',
      host: 'graphql.buildkite.com',
      body: { kind: 'graphql-mutation' },
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.buildkite.com', path: '/v2/access-token' },
  documentation: 'https://buildkite.com/docs/apis/rest-api',
  sources: ['trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
