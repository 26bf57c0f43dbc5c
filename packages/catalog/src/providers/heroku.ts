import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Heroku: Bearer on the API, Basic for git. */
export const heroku: Provider = {
  id: 'heroku',
  name: 'Heroku',
  category: 'cloud',
  variables: ['HEROKU_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'HEROKU_HOST', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'api.heroku.com', injectors: [{ kind: 'bearer' }] },
    { host: 'git.heroku.com', injectors: [{ kind: 'basic', as: 'password' }] },
  ],
  keyShapes: [prefixedShape('API key', 'HRKU-AA', /^HRKU-AA[A-Za-z0-9_-]{58}$/)],
  dangerous: [
    { method: 'POST', path: '/oauth/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'DELETE', path: '/apps/*', class: 'destructive', why: 'deletes an app' },
    { method: 'DELETE', path: '/addons/*', class: 'destructive', why: 'deletes an add-on with its data' },
    {
      method: 'GET',
      path: '/apps/*/config-vars',
      class: 'exfil',
      why: 'reads the settings of an app, secrets among them',
    },
    { method: 'POST', path: '/oauth/authorizations', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/apps/*/addons', class: 'spend', why: 'rents an add-on' },
    {
      method: 'POST',
      path: '/*.git/git-receive-pack',
      class: 'destructive',
      why: 'git push, which deploys',
      host: 'git.heroku.com',
    },
  ],
  usage: { kind: 'none' },
  probe: {
    method: 'GET',
    host: 'api.heroku.com',
    path: '/account',
    headers: { accept: 'application/vnd.heroku+json; version=3' },
  },
  documentation: 'https://devcenter.heroku.com/articles/platform-api-reference',
  sources: ['gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
