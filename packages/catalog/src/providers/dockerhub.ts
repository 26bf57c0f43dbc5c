import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * Docker Hub: the password of a Basic pair at the token service of the registry, which the broker asks itself; the tokens go to the
 * registry, and are good for pulling. The hub’s login has the secret in its body and is not covered.
 */
export const dockerhub: Provider = {
  id: 'dockerhub',
  name: 'Docker Hub',
  category: 'package-registry',
  variables: ['DOCKERHUB_TOKEN', 'DOCKER_HUB_TOKEN', 'DOCKER_PASSWORD'],
  companionVariables: ['DOCKERHUB_USERNAME', 'DOCKER_USERNAME'],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'registry-1.docker.io',
      injectors: [{ kind: 'registry', tokenUrl: 'https://auth.docker.io/token', service: 'registry.docker.io' }],
    },
    { host: 'auth.docker.io', injectors: [] },
    { host: 'hub.docker.com', injectors: [] },
    { host: 'production.cloudflare.docker.com', injectors: [] },
  ],
  keyShapes: [
    prefixedShape('personal access token', 'dckr_pat_', /^dckr_pat_[A-Za-z0-9_-]{27}$/),
    prefixedShape('organization access token', 'dckr_oat_', /^dckr_oat_[A-Za-z0-9_-]{32}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/v2/users/login', class: 'credentials', why: 'makes a token', host: 'hub.docker.com' },
    { method: 'POST', path: '/v2/auth/token', class: 'credentials', why: 'makes a token', host: 'hub.docker.com' },
    {
      method: '*',
      path: '/token',
      class: 'credentials',
      why: 'makes a token that does more than pull for some minutes',
      host: 'auth.docker.io',
      unless: {
        service: ['registry.docker.io'],
        scope: ['repository:*:pull'],
        account: ['*'],
        client_id: ['*'],
      },
    },
    {
      method: 'DELETE',
      path: '/v2/repositories/*/*',
      class: 'destructive',
      why: 'deletes a repository',
      host: 'hub.docker.com',
    },
    {
      method: 'DELETE',
      path: '/v2/repositories/*/*/tags/*',
      class: 'destructive',
      why: 'deletes a tag',
      host: 'hub.docker.com',
    },
    {
      method: 'PATCH',
      path: '/v2/repositories/*/*',
      class: 'exfil',
      why: 'can make a repository public',
      host: 'hub.docker.com',
    },
    {
      method: 'PUT',
      path: '/v2/*/*/manifests/*',
      class: 'publish',
      why: 'pushes an image',
      host: 'registry-1.docker.io',
    },
    { method: '*', path: '/v2/access-tokens/**', class: 'credentials', why: 'tokens', host: 'hub.docker.com' },
  ],
  usage: { kind: 'none' },
  probe: {
    method: 'GET',
    host: 'auth.docker.io',
    path: '/token?service=registry.docker.io',
    userVariables: ['DOCKERHUB_USERNAME', 'DOCKER_USERNAME'],
  },
  documentation: 'https://docs.docker.com/reference/api/hub/latest/',
  sources: [
    'docker/docs content/reference/api/hub/latest.yaml',
    'distribution/distribution docs/content/spec/auth',
    'trufflehog',
    'betterleaks',
  ],
  lastChecked: '2026-11-23',
}
