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
    { method: 'POST', path: '/api/v1.1/project/**/ssh-key', class: 'admin', why: 'adds a key to builds' },
    { method: '*', path: '/api/v1.1/project/**/checkout-key/**', class: 'admin', why: 'keys of builds' },
    { method: '*', path: '/api/v1.1/project/**/envvar/**', class: 'admin', why: 'secrets of builds' },
    { method: '*', path: '/api/v2/certificates/**', class: 'admin', why: 'certificates that sign apps' },
    { method: '*', path: '/api/v2/signing-configs/**', class: 'admin', why: 'how apps are signed' },
    { method: 'POST', path: '/api/v2/otel/exporters', class: 'exfil', why: 'sends measurements to a URL of choice' },
    { method: 'POST', path: '/api/v2/webhook', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'PUT', path: '/api/v2/webhook/*', class: 'exfil', why: 'sends events to a URL of choice' },
    {
      method: 'POST',
      path: '/api/v2/project/**/pipeline/run',
      class: 'spend',
      why: 'starts a build that holds secrets',
    },
    { method: 'POST', path: '/api/v1.1/project/**', class: 'spend', why: 'starts or cancels builds' },
    { method: 'POST', path: '/api/v2/workflow/*/rerun', class: 'spend', why: 'starts a build again' },
    {
      method: 'POST',
      path: '/api/v2/workflow/*/approve/*',
      class: 'destructive',
      why: 'lets a build go on that waits for someone',
    },
    { method: 'POST', path: '/api/v2/project/**/schedule', class: 'spend', why: 'starts builds again and again' },
    { method: 'DELETE', path: '/api/v2/organization/*', class: 'destructive', why: 'deletes an organization' },
    { method: 'DELETE', path: '/api/v2/project/**', class: 'destructive', why: 'deletes a project, or its keys' },
    { method: 'DELETE', path: '/api/v2/schedule/*', class: 'destructive', why: 'deletes a schedule' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'circleci.com', path: '/api/v2/me' },
  documentation: 'https://circleci.com/docs/api-developers-guide/',
  sources: ['circleci/circleci-docs', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
