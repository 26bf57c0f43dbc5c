import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** DigitalOcean: Bearer on the API; the registry takes the token as user and as password. */
export const digitalocean: Provider = {
  id: 'digitalocean',
  name: 'DigitalOcean',
  category: 'cloud',
  variables: ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'DIGITALOCEAN_API_URL', safeToRedirect: true, path: '' }],
  hosts: [{ host: 'api.digitalocean.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [
    prefixedShape('personal access token', 'dop_v1_', /^dop_v1_[0-9a-f]{64}$/),
    prefixedShape('OAuth token', 'doo_v1_', /^doo_v1_[0-9a-f]{64}$/),
    prefixedShape('refresh token', 'dor_v1_', /^dor_v1_[0-9a-f]{64}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/v2/spaces/keys', class: 'credentials', why: 'makes a key for object storage' },
    {
      method: 'GET',
      path: '/v2/kubernetes/clusters/*/kubeconfig',
      class: 'credentials',
      why: 'makes a login to a cluster',
    },
    {
      method: 'GET',
      path: '/v2/kubernetes/clusters/*/credentials',
      class: 'credentials',
      why: 'makes a login to a cluster',
    },
    {
      method: 'GET',
      path: '/v2/registry/docker-credentials',
      class: 'credentials',
      why: 'makes a login to the registry',
    },
    { method: 'POST', path: '/v2/databases/*/users/*/reset_auth', class: 'credentials', why: 'makes a password' },
    { method: 'POST', path: '/v2/account/keys', class: 'credentials', why: 'adds an SSH key' },
    { method: 'POST', path: '/v2/droplets', class: 'spend', why: 'rents a machine' },
    { method: 'POST', path: '/v2/databases', class: 'spend', why: 'rents a database' },
    { method: 'POST', path: '/v2/kubernetes/clusters', class: 'spend', why: 'rents a cluster' },
    { method: 'DELETE', path: '/v2/droplets', class: 'destructive', why: 'deletes all machines with a tag' },
    { method: 'DELETE', path: '/v2/droplets/**', class: 'destructive', why: 'deletes a machine' },
    { method: 'DELETE', path: '/v2/databases/*', class: 'destructive', why: 'deletes a database' },
    { method: 'DELETE', path: '/v2/kubernetes/clusters/*', class: 'destructive', why: 'deletes a cluster' },
    { method: 'DELETE', path: '/v2/domains/*', class: 'destructive', why: 'removes a domain' },
    { method: 'DELETE', path: '/v2/apps/*', class: 'destructive', why: 'deletes an app' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.digitalocean.com', path: '/v2/account' },
  documentation: 'https://docs.digitalocean.com/reference/api/',
  sources: ['digitalocean/doctl', 'digitalocean/openapi', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
