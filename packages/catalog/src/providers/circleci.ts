import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** CircleCI: a header of its own, or the user of a Basic pair. */
export const circleci: Provider = {
  id: 'circleci',
  name: 'CircleCI',
  category: 'cloud',
  variables: ['CIRCLE_TOKEN', 'CIRCLECI_CLI_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'CIRCLECI_CLI_HOST', safeToRedirect: false, path: '' }],
  hosts: [
    {
      host: 'circleci.com',
      injectors: [
        { kind: 'header', name: 'Circle-Token' },
        { kind: 'basic', as: 'user' },
      ],
    },
  ],
  keyShapes: [prefixedShape('personal token', 'CCIPAT_', /^CCIPAT_[A-Za-z0-9]{22}_[0-9a-f]{40}$/)],
  dangerous: [
    { method: '*', path: '/api/v2/project/**/envvar/**', class: 'admin', why: 'secrets of builds' },
    { method: 'POST', path: '/api/v2/project/**/checkout-key', class: 'admin', why: 'makes a key' },
    { method: '*', path: '/api/v2/context/**', class: 'admin', why: 'secrets of builds' },
    {
      method: 'POST',
      path: '/api/v2/project/*/*/*/pipeline',
      class: 'spend',
      why: 'starts a build that holds secrets',
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'circleci.com', path: '/api/v2/me' },
  documentation: 'https://circleci.com/docs/api-developers-guide/',
  sources: ['trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
