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
      body: { kind: 'words', words: ['createLimitedAccessToken', 'createDelegatedWireGuardToken', 'addWireGuardPeer'] },
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
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://fly.io/docs/machines/api/working-with-machines-api/',
  sources: ['superfly/flyctl internal/config', 'trufflehog', 'gitleaks', 'betterleaks'],
  lastChecked: '2026-11-22',
}
