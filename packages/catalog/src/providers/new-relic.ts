import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** New Relic: a header of its own on the API, others where data is sent. */
export const newRelic: Provider = {
  id: 'new-relic',
  name: 'New Relic',
  category: 'observability',
  variables: ['NEW_RELIC_API_KEY', 'NEW_RELIC_USER_KEY', 'NEW_RELIC_LICENSE_KEY'],
  companionVariables: ['NEW_RELIC_ACCOUNT_ID', 'NEW_RELIC_REGION'],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'api.newrelic.com',
      injectors: [
        { kind: 'header', name: 'Api-Key' },
        { kind: 'header', name: 'X-Api-Key' },
      ],
    },
    {
      host: 'api.eu.newrelic.com',
      injectors: [
        { kind: 'header', name: 'Api-Key' },
        { kind: 'header', name: 'X-Api-Key' },
      ],
    },
    { host: 'log-api.newrelic.com', injectors: [{ kind: 'header', name: 'Api-Key' }] },
    { host: 'metric-api.newrelic.com', injectors: [{ kind: 'header', name: 'Api-Key' }] },
    { host: 'log-api.eu.newrelic.com', injectors: [{ kind: 'header', name: 'Api-Key' }] },
    { host: 'metric-api.eu.newrelic.com', injectors: [{ kind: 'header', name: 'Api-Key' }] },
    {
      host: 'api.jp.newrelic.com',
      injectors: [
        { kind: 'header', name: 'Api-Key' },
        { kind: 'header', name: 'X-Api-Key' },
      ],
    },
    { host: 'insights-collector.newrelic.com', injectors: [{ kind: 'header', name: 'X-Insert-Key' }] },
  ],
  keyShapes: [
    prefixedShape('user key', 'NRAK-', /^NRAK-[A-Za-z0-9]{27}$/),
    prefixedShape('insert key', 'NRII-', /^NRII-[A-Za-z0-9_-]{32}$/),
  ],
  dangerous: [
    {
      method: 'POST',
      path: '/graphql',
      class: 'credentials',
      why: 'makes and shows keys',
      body: { kind: 'words', words: ['apiAccessCreateKeys', 'apiAccess', 'apiAccessUpdateKeys'] },
    },
    {
      method: 'POST',
      path: '/graphql',
      class: 'admin',
      why: 'makes keys, changes members, removes alerts',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/graphql',
      class: 'exfil',
      why: 'sends alerts and data to an address of choice',
      body: {
        kind: 'words',
        words: [
          'aiNotificationsCreateDestination',
          'aiNotificationsUpdateDestination',
          'streamingExportCreateRule',
          'historicalDataExportCreateExport',
        ],
      },
    },
    { method: 'DELETE', path: '/v2/**', class: 'destructive', why: 'removes alerts and applications' },
  ],
  usage: { kind: 'none' },
  probe: {
    method: 'GET',
    host: 'api.newrelic.com',
    path: '/v2/users.json',
    others: [{ method: 'GET', host: 'api.eu.newrelic.com', path: '/v2/users.json' }],
  },
  documentation: 'https://docs.newrelic.com/docs/apis/intro-apis/introduction-new-relic-apis/',
  sources: ['newrelic/newrelic-client-go', 'newrelic/newrelic-cli', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-23',
}
