import { type PlaceholderTemplate, prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Scanners take any 20 word characters behind the prefix for a key; a dot ends such a run sooner. */
const dotted = (prefix: string): PlaceholderTemplate => ({
  lead: `${prefix}coatcheck.`,
  alphabet: 'alphanumeric',
  length: 24,
})

/**
 * GitLab.com: a header of its own, Bearer or a parameter on the API, Basic for git, all on one host. A server of one’s own
 * needs scopes of its own.
 */
export const gitlab: Provider = {
  id: 'gitlab',
  name: 'GitLab',
  category: 'code-host',
  variables: [
    'GITLAB_TOKEN',
    'GITLAB_PRIVATE_TOKEN',
    'GITLAB_ACCESS_TOKEN',
    'GITLAB_PERSONAL_ACCESS_TOKEN',
    'CI_JOB_TOKEN',
  ],
  companionVariables: [],
  baseUrlVariables: [
    // A host name for glab, which also builds links for people from it.
    { name: 'GITLAB_HOST', safeToRedirect: false, path: '' },
    { name: 'GITLAB_URI', safeToRedirect: false, path: '' },
    { name: 'GITLAB_API_URL', safeToRedirect: false, path: '/api/v4' },
    { name: 'GL_HOST', safeToRedirect: false, path: '' },
  ],
  hosts: [
    {
      host: 'gitlab.com',
      injectors: [
        { kind: 'header', name: 'PRIVATE-TOKEN' },
        { kind: 'bearer' },
        { kind: 'basic', as: 'password' },
        { kind: 'header', name: 'JOB-TOKEN' },
        { kind: 'query', name: 'private_token' },
      ],
    },
    {
      host: 'registry.gitlab.com',
      injectors: [{ kind: 'registry', tokenUrl: 'https://gitlab.com/jwt/auth', service: 'container_registry' }],
    },
  ],
  keyShapes: [
    prefixedShape('personal access token', 'glpat-', /^glpat-[A-Za-z0-9_-]{20,22}$/, dotted('glpat-')),
    prefixedShape(
      'routable personal access token',
      'glpat-',
      /^glpat-[A-Za-z0-9_-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7,9}$/,
      dotted('glpat-'),
    ),
    prefixedShape('deploy token', 'gldt-', /^gldt-[A-Za-z0-9_-]{20}$/, dotted('gldt-')),
    prefixedShape('OAuth application secret', 'gloas-', /^gloas-[A-Za-z0-9_-]{64}$/),
    prefixedShape('trigger token', 'glptt-', /^glptt-[0-9a-f]{40}$/),
    prefixedShape('runner token', 'glrt-', /^glrt-[A-Za-z0-9_-]{20}$/, dotted('glrt-')),
    prefixedShape('job token', 'glcbt-', /^glcbt-[A-Za-z0-9]{1,5}_[A-Za-z0-9_-]{20}$/),
  ],
  dangerous: [
    { method: '*', path: '/api/v4/groups/*/variables/**', class: 'exfil', why: 'reads and writes build secrets' },
    { method: 'POST', path: '/api/v4/groups/*/hooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'PUT', path: '/api/v4/*/*/hooks/*', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/api/v4/*/*/export', class: 'exfil', why: 'exports a project or a group' },
    { method: 'POST', path: '/api/v4/groups/*/members', class: 'admin', why: 'gives someone access' },
    { method: 'PUT', path: '/api/v4/*/*/members/*', class: 'admin', why: 'changes what someone may do' },
    { method: 'POST', path: '/api/v4/*/*/share', class: 'admin', why: 'gives a group access' },
    { method: 'POST', path: '/api/v4/users/*/gpg_keys', class: 'admin', why: 'adds a signing key' },
    { method: 'DELETE', path: '/api/v4/groups/*', class: 'destructive', why: 'deletes a group' },
    { method: 'POST', path: '/api/v4/user/personal_access_tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/users/*/personal_access_tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/users/*/impersonation_tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/personal_access_tokens/*/rotate', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/*/*/access_tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/*/*/access_tokens/*/rotate', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/*/*/deploy_tokens', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/api/v4/*/*/service_accounts/*/personal_access_tokens/**',
      class: 'credentials',
      why: 'makes a token',
    },
    { method: 'POST', path: '/api/v4/projects/*/triggers', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/projects/*/cluster_agents/*/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/user/runners', class: 'credentials', why: 'adds a build machine' },
    { method: 'POST', path: '/api/v4/runners/**', class: 'credentials', why: 'adds a build machine' },
    {
      method: 'POST',
      path: '/api/v4/*/*/runners/reset_registration_token',
      class: 'credentials',
      why: 'makes a token',
    },
    { method: 'POST', path: '/api/v4/users/*/keys', class: 'credentials', why: 'adds an SSH key' },
    { method: 'GET', path: '/jwt/auth', class: 'credentials', why: 'makes a token for the registry' },
    { method: 'POST', path: '/oauth/token', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/api/graphql',
      class: 'credentials',
      why: 'makes tokens',
      body: {
        kind: 'words',
        words: [
          'personalAccessTokenCreate',
          'clusterAgentTokenCreate',
          'runnerCreate',
          'runnersRegistrationTokenReset',
        ],
      },
    },
    { method: 'POST', path: '/**/git-receive-pack', class: 'destructive', why: 'git push' },
    {
      method: 'GET',
      path: '/**/info/refs',
      class: 'destructive',
      why: 'beginning of git push',
      query: { service: 'git-receive-pack' },
    },
    {
      method: 'POST',
      path: '/api/graphql',
      class: 'destructive',
      why: 'everything that the endpoints below do',
      body: { kind: 'graphql-mutation' },
    },
    { method: 'DELETE', path: '/api/v4/projects/*', class: 'destructive', why: 'deletes a project' },
    { method: 'PUT', path: '/api/v4/projects/*/transfer', class: 'destructive', why: 'gives a project away' },
    {
      method: 'DELETE',
      path: '/api/v4/projects/*/repository/branches/*',
      class: 'destructive',
      why: 'deletes a branch',
    },
    { method: 'PUT', path: '/api/v4/projects/*/merge_requests/*/merge', class: 'destructive', why: 'merges' },
    { method: '*', path: '/api/v4/admin/**', class: 'admin', why: 'administers the server' },
    { method: 'POST', path: '/api/v4/projects/*/deploy_keys', class: 'credentials', why: 'adds a deploy key' },
    { method: 'POST', path: '/api/v4/user/keys', class: 'credentials', why: 'adds an SSH key' },
    { method: 'POST', path: '/api/v4/personal_access_tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v4/projects/*/members', class: 'admin', why: 'gives someone access' },
    { method: '*', path: '/api/v4/projects/*/variables/**', class: 'exfil', why: 'reads and writes build secrets' },
    { method: 'POST', path: '/api/v4/projects/*/hooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: { kind: 'none' },
  // A token may lack the right for the API.
  probe: {
    method: 'GET',
    host: 'gitlab.com',
    path: '/api/v4/personal_access_tokens/self',
    goodRefusal: 'insufficient_scope',
  },
  documentation: 'https://docs.gitlab.com/api/rest/authentication/',
  sources: ['xanzy/go-gitlab', 'docs.gitlab.com api', 'jdalrymple/gitbeaker', 'gitleaks', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
