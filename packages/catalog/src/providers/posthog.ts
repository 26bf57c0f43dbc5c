import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * PostHog: Bearer, or a parameter, on one host for each region; clients in servers ask the hosts that take events for flags.
 * Project keys are public.
 */
export const posthog: Provider = {
  id: 'posthog',
  name: 'PostHog',
  category: 'observability',
  variables: ['POSTHOG_PERSONAL_API_KEY', 'POSTHOG_API_KEY', 'POSTHOG_SECRET_KEY', 'POSTHOG_CLI_API_KEY'],
  companionVariables: ['POSTHOG_PROJECT_API_KEY', 'POSTHOG_CLI_PROJECT_ID'],
  baseUrlVariables: [
    { name: 'POSTHOG_HOST', safeToRedirect: false, path: '' },
    { name: 'POSTHOG_CLI_HOST', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'us.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
    { host: 'eu.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
    { host: 'app.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
    { host: 'us.i.posthog.com', injectors: [{ kind: 'bearer' }] },
    { host: 'eu.i.posthog.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    prefixedShape('personal key', 'phx_', /^phx_[A-Za-z0-9_-]{41,49}$/),
    prefixedShape('project secret key', 'phs_', /^phs_[A-Za-z0-9]{41,49}$/),
  ],
  // Projects answer under the name that they had for a while as well, and under their organization.
  dangerous: [
    { method: 'POST', path: '/api/personal_api_keys/', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/api/*/*/project_secret_api_keys/**', class: 'credentials', why: 'makes a key' },
    { method: 'PATCH', path: '/api/**/rotate_secret_token/', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/api/organizations/*/oauth_applications/**', class: 'credentials', why: 'makes an app' },
    { method: '*', path: '/api/organizations/*/invites/**', class: 'admin', why: 'lets people in' },
    { method: 'PATCH', path: '/api/organizations/*/members/*/', class: 'admin', why: 'changes what a member may do' },
    { method: 'DELETE', path: '/api/organizations/*/members/*/', class: 'admin', why: 'removes a member' },
    { method: 'DELETE', path: '/api/organizations/*/', class: 'destructive', why: 'deletes an organization' },
    { method: 'DELETE', path: '/api/projects/*/', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/api/environments/*/', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/api/organizations/*/projects/*/', class: 'destructive', why: 'deletes a project' },
    { method: 'POST', path: '/api/projects/*/query/', class: 'exfil', why: 'reads any event' },
    { method: 'POST', path: '/api/environments/*/query/', class: 'exfil', why: 'reads any event' },
    { method: 'POST', path: '/api/*/*/hog_functions/', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'PATCH', path: '/api/*/*/hog_functions/*/', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/api/*/*/batch_exports/', class: 'exfil', why: 'sends events to a store of choice' },
    { method: 'PATCH', path: '/api/**/sharing/', class: 'exfil', why: 'makes a public link' },
  ],
  usage: { kind: 'none' },
  // Keys of any scope may ask about themselves.
  probe: {
    method: 'GET',
    host: 'us.posthog.com',
    path: '/api/personal_api_keys/@current/',
    others: [{ method: 'GET', host: 'eu.posthog.com', path: '/api/personal_api_keys/@current/' }],
  },
  documentation: 'https://posthog.com/docs/api',
  sources: [
    'PostHog/posthog posthog/api',
    'PostHog/posthog-js packages/node',
    'posthog.com/docs/api',
    'trufflehog',
    'betterleaks',
    'NangoHQ/nango',
  ],
  lastChecked: '2026-11-23',
}
