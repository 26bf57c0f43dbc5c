import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * Cloudflare: Bearer for API tokens; the global key goes in a header of its own, beside the account’s e-mail address, which
 * is no secret. Object storage has keys of its own, which sign.
 */
export const cloudflare: Provider = {
  id: 'cloudflare',
  name: 'Cloudflare',
  category: 'cloud',
  variables: [
    'CLOUDFLARE_API_TOKEN',
    'CF_API_TOKEN',
    'CLOUDFLARE_API_KEY',
    'CF_API_KEY',
    'CLOUDFLARE_API_USER_SERVICE_KEY',
  ],
  companionVariables: ['CLOUDFLARE_EMAIL', 'CF_EMAIL', 'CLOUDFLARE_ACCOUNT_ID', 'CF_ACCOUNT_ID'],
  baseUrlVariables: [
    { name: 'CLOUDFLARE_BASE_URL', safeToRedirect: true, path: '/client/v4' },
    // Wrangler then also moves its login.
    { name: 'CLOUDFLARE_API_BASE_URL', safeToRedirect: false, path: '/client/v4' },
    { name: 'CF_API_BASE_URL', safeToRedirect: false, path: '/client/v4' },
  ],
  hosts: [
    {
      host: 'api.cloudflare.com',
      injectors: [
        { kind: 'bearer' },
        { kind: 'header', name: 'X-Auth-Key' },
        { kind: 'header', name: 'X-Auth-User-Service-Key' },
      ],
    },
  ],
  keyShapes: [
    prefixedShape('user API token', 'cfut_', /^cfut_[A-Za-z0-9]{40}[0-9a-f]{8}$/),
    prefixedShape('account API token', 'cfat_', /^cfat_[A-Za-z0-9]{40}[0-9a-f]{8}$/),
    prefixedShape('global key', 'cfk_', /^cfk_[A-Za-z0-9]{40}[0-9a-f]{8}$/),
    prefixedShape('origin CA key', 'v1.0-', /^v1\.0-[0-9a-f]{24}-[0-9a-f]{146}$/),
  ],
  dangerous: [
    { method: 'PUT', path: '/client/v4/user/tokens/*/value', class: 'credentials', why: 'makes a token anew' },
    { method: 'PUT', path: '/client/v4/accounts/*/tokens/*/value', class: 'credentials', why: 'makes a token anew' },
    {
      method: 'POST',
      path: '/client/v4/accounts/*/r2/temp-access-credentials',
      class: 'credentials',
      why: 'makes keys for object storage',
    },
    {
      method: 'GET',
      path: '/client/v4/accounts/*/cfd_tunnel/*/token',
      class: 'credentials',
      why: 'shows the token of a tunnel',
    },
    { method: 'POST', path: '/client/v4/accounts/*/access/service_tokens', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/client/v4/accounts/*/access/service_tokens/*/rotate',
      class: 'credentials',
      why: 'makes a token anew',
    },
    { method: 'POST', path: '/client/v4/user/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/client/v4/accounts/*/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'DELETE', path: '/client/v4/user/tokens/*', class: 'admin', why: 'revokes a token' },
    { method: 'POST', path: '/client/v4/accounts/*/members', class: 'admin', why: 'gives someone access' },
    { method: 'POST', path: '/client/v4/accounts/*/registrar/registrations', class: 'money', why: 'buys a domain' },
    { method: 'PUT', path: '/client/v4/accounts/*/registrar/domains/*', class: 'money', why: 'changes a registration' },
    { method: 'DELETE', path: '/client/v4/zones/*', class: 'destructive', why: 'removes a zone' },
    { method: '*', path: '/client/v4/zones/*/dns_records/**', class: 'destructive', why: 'moves names elsewhere' },
    { method: 'POST', path: '/client/v4/zones/*/purge_cache', class: 'destructive', why: 'empties the cache' },
    { method: 'DELETE', path: '/client/v4/accounts/*', class: 'destructive', why: 'deletes an account' },
    { method: 'DELETE', path: '/client/v4/accounts/*/r2/buckets/*', class: 'destructive', why: 'deletes a bucket' },
    { method: 'DELETE', path: '/client/v4/accounts/*/d1/database/*', class: 'destructive', why: 'deletes a database' },
    {
      method: 'DELETE',
      path: '/client/v4/accounts/*/storage/kv/namespaces/*',
      class: 'destructive',
      why: 'deletes a key-value store',
    },
    {
      method: 'DELETE',
      path: '/client/v4/accounts/*/workers/scripts/*',
      class: 'destructive',
      why: 'removes a worker',
    },
    { method: 'DELETE', path: '/client/v4/accounts/*/pages/projects/*', class: 'destructive', why: 'removes a site' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.cloudflare.com', path: '/client/v4/user/tokens/verify' },
  documentation: 'https://developers.cloudflare.com/fundamentals/api/',
  sources: ['cloudflare/cloudflare-typescript', 'cloudflare/workers-sdk', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
