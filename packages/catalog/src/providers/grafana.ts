import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Grafana: Bearer, and Basic where data is sent. Each stack has a host of its own; a server of one’s own needs scopes of its own. */
export const grafana: Provider = {
  id: 'grafana',
  name: 'Grafana Cloud',
  category: 'observability',
  variables: ['GRAFANA_SERVICE_ACCOUNT_TOKEN', 'GRAFANA_API_KEY', 'GRAFANA_CLOUD_ACCESS_POLICY_TOKEN'],
  companionVariables: ['GRAFANA_USERNAME', 'GRAFANA_ORG_ID'],
  baseUrlVariables: [{ name: 'GRAFANA_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'grafana.com', injectors: [{ kind: 'bearer' }] },
    { host: '*.grafana.net', injectors: [{ kind: 'bearer' }, { kind: 'basic', as: 'password' }], perTenant: true },
  ],
  keyShapes: [
    prefixedShape('service account token', 'glsa_', /^glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}$/),
    prefixedShape('cloud access policy token', 'glc_', /^glc_[A-Za-z0-9+/]{32,400}={0,3}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/api/serviceaccounts/*/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/auth/keys', class: 'credentials', why: 'makes a key' },
    {
      method: 'DELETE',
      path: '/api/dashboards/uid/*',
      class: 'destructive',
      why: 'removes a dashboard',
      host: '*.grafana.net',
    },
    {
      method: 'DELETE',
      path: '/api/datasources/**',
      class: 'destructive',
      why: 'removes a data source',
      host: '*.grafana.net',
    },
    { method: '*', path: '/api/serviceaccounts/**', class: 'admin', why: 'makes tokens', host: '*.grafana.net' },
    { method: '*', path: '/api/admin/**', class: 'admin', why: 'administers the server', host: '*.grafana.net' },
    {
      method: '*',
      path: '/api/datasources/proxy/**',
      class: 'exfil',
      why: 'reaches whatever a data source reaches',
      host: '*.grafana.net',
    },
    {
      method: 'DELETE',
      path: '/api/v1/provisioning/alert-rules/*',
      class: 'destructive',
      why: 'removes an alert',
      host: '*.grafana.net',
    },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://grafana.com/docs/grafana/latest/developers/http_api/',
  sources: ['grafana/mcp-grafana', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
