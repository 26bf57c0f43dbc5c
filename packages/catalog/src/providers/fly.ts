import type { Provider } from '../provider.ts'

/** Fly.io: Bearer, or a scheme of its own, which stored tokens may begin with. The vendor’s command line decodes its token and takes no placeholder. */
export const fly: Provider = {
  id: 'fly',
  name: 'Fly.io',
  category: 'cloud',
  variables: ['FLY_API_TOKEN', 'FLY_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'FLY_FLAPS_BASE_URL', safeToRedirect: true, path: '' },
    { name: 'FLY_API_BASE_URL', safeToRedirect: false, path: '' },
  ],
  hosts: [
    {
      host: 'api.machines.dev',
      injectors: [
        { kind: 'header', name: 'Authorization', prefix: 'Bearer ' },
        { kind: 'header', name: 'Authorization', prefix: 'FlyV1 ' },
      ],
    },
    {
      host: 'api.fly.io',
      injectors: [
        { kind: 'header', name: 'Authorization', prefix: 'Bearer ' },
        { kind: 'header', name: 'Authorization', prefix: 'FlyV1 ' },
      ],
    },
    { host: 'registry.fly.io', injectors: [{ kind: 'basic', as: 'password' }] },
  ],
  keyShapes: [],
  dangerous: [
    {
      method: 'POST',
      path: '/graphql',
      class: 'credentials',
      why: 'makes tokens',
      host: 'api.fly.io',
      body: {
        kind: 'words',
        words: [
          'createLimitedAccessToken',
          'createDelegatedWireGuardToken',
          'addWireGuardPeer',
          'limitedAccessTokens',
          'delegatedWireGuardTokens',
          'attachPostgresCluster',
          'ensureDepotRemoteBuilder',
        ],
      },
    },
    { method: 'DELETE', path: '/v1/apps/*', class: 'destructive', why: 'deletes an app' },
    { method: 'DELETE', path: '/v1/apps/*/machines/*', class: 'destructive', why: 'deletes a machine' },
    { method: 'DELETE', path: '/v1/apps/*/volumes/*', class: 'destructive', why: 'deletes a volume' },
    { method: 'POST', path: '/v1/apps/*/machines', class: 'spend', why: 'rents a machine' },
    { method: 'POST', path: '/v1/apps/*/machines/*/exec', class: 'admin', why: 'runs a command in a machine' },
    {
      method: 'POST',
      path: '/graphql',
      class: 'admin',
      why: 'deletes apps and makes tokens',
      host: 'api.fly.io',
      body: { kind: 'graphql-mutation' },
    },
    { method: '*', path: '/v1/tokens/**', class: 'credentials', why: 'makes tokens' },
    { method: 'POST', path: '/v1/apps/*/deploy_token', class: 'credentials', why: 'makes a token' },
    { method: 'GET', path: '/v1/apps/*/secrets/**', class: 'exfil', why: 'can read the secrets of an app' },
    { method: '*', path: '/v1/apps/*/secretkeys/**', class: 'admin', why: 'keys that sign and encrypt for an app' },
    { method: 'POST', path: '/v1/apps/*/secrets/**', class: 'admin', why: 'writes the secrets of an app' },
    { method: 'POST', path: '/v1/apps/*/machines/*', class: 'admin', why: 'changes what a machine runs' },
    { method: 'POST', path: '/v1/apps/*/machines/*/stop', class: 'destructive', why: 'takes a machine down' },
    { method: 'POST', path: '/v1/apps/*/volumes', class: 'spend', why: 'rents a disk' },
    { method: 'PUT', path: '/v1/apps/*/volumes/*/extend', class: 'spend', why: 'enlarges a disk' },
    { method: 'POST', path: '/v1/apps/*/ip_assignments', class: 'spend', why: 'rents an address' },
    { method: 'DELETE', path: '/v1/apps/*/ip_assignments/*', class: 'destructive', why: 'takes an address away' },
    { method: 'DELETE', path: '/v1/apps/*/certificates/*', class: 'destructive', why: 'takes a certificate away' },
    { method: 'DELETE', path: '/v1/apps/*/secrets/*', class: 'destructive', why: 'deletes a secret of an app' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://fly.io/docs/machines/api/working-with-machines-api/',
  sources: ['superfly/fly-go', 'superfly/flyctl internal/config', 'trufflehog', 'gitleaks', 'betterleaks'],
  lastChecked: '2026-11-23',
}
