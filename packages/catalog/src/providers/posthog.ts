import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** PostHog: Bearer, or a parameter, on one host for each region. Project keys are public. */
export const posthog: Provider = {
  id: 'posthog',
  name: 'PostHog',
  category: 'observability',
  variables: ['POSTHOG_PERSONAL_API_KEY', 'POSTHOG_API_KEY'],
  companionVariables: ['POSTHOG_PROJECT_API_KEY'],
  baseUrlVariables: [{ name: 'POSTHOG_HOST', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'us.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
    { host: 'eu.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
    { host: 'app.posthog.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'personal_api_key' }] },
  ],
  keyShapes: [prefixedShape('personal key', 'phx_', /^phx_[A-Za-z0-9_-]{41,49}$/)],
  dangerous: [
    { method: 'POST', path: '/api/personal_api_keys/', class: 'credentials', why: 'makes a key' },
    { method: 'DELETE', path: '/api/projects/*/', class: 'destructive', why: 'deletes a project' },
    { method: 'POST', path: '/api/projects/*/query/', class: 'exfil', why: 'reads any event' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'us.posthog.com', path: '/api/users/@me/' },
  documentation: 'https://posthog.com/docs/api',
  sources: ['trufflehog', 'betterleaks', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
