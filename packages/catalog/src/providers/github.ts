import { markedPlaceholder } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * GitHub: Bearer or `token` on the API hosts, Basic on the git host. Variables of GitHub Enterprise are not listed: their
 * tokens belong to other hosts.
 */
export const github: Provider = {
  id: 'github',
  name: 'GitHub',
  category: 'code-host',
  variables: ['GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_PERSONAL_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'GITHUB_API_URL', safeToRedirect: true, path: '' },
    // gh then takes another token variable and another path.
    { name: 'GH_HOST', safeToRedirect: false, path: '' },
    // Actions build links for people from it.
    { name: 'GITHUB_SERVER_URL', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'api.github.com', injectors: [{ kind: 'bearer' }, { kind: 'bearer', scheme: 'token' }, { kind: 'basic' }] },
    { host: 'github.com', injectors: [{ kind: 'basic' }] },
    { host: 'raw.githubusercontent.com', injectors: [{ kind: 'bearer' }, { kind: 'bearer', scheme: 'token' }] },
    { host: 'uploads.github.com', injectors: [{ kind: 'bearer' }, { kind: 'bearer', scheme: 'token' }] },
    { host: 'npm.pkg.github.com', injectors: [{ kind: 'bearer' }, { kind: 'basic', as: 'password' }] },
    { host: 'maven.pkg.github.com', injectors: [{ kind: 'basic', as: 'password' }] },
    { host: 'nuget.pkg.github.com', injectors: [{ kind: 'basic', as: 'password' }] },
    { host: 'rubygems.pkg.github.com', injectors: [{ kind: 'bearer' }] },
    { host: 'models.github.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'objects.githubusercontent.com', injectors: [] },
    { host: 'release-assets.githubusercontent.com', injectors: [] },
  ],
  keyShapes: [
    {
      label: 'classic personal access token',
      prefix: 'ghp_',
      pattern: /^ghp_[A-Za-z0-9]{36}$/,
      placeholder: markedPlaceholder('ghp_'),
    },
    {
      label: 'fine-grained personal access token',
      prefix: 'github_pat_',
      pattern: /^github_pat_[A-Za-z0-9_]{82}$/,
      placeholder: markedPlaceholder('github_pat_'),
    },
    {
      label: 'OAuth token',
      prefix: 'gho_',
      pattern: /^gho_[A-Za-z0-9]{36}$/,
      placeholder: markedPlaceholder('gho_'),
    },
    {
      label: 'user-to-server token',
      prefix: 'ghu_',
      pattern: /^ghu_[A-Za-z0-9._-]{36,}$/,
      placeholder: markedPlaceholder('ghu_'),
    },
    {
      // Of 36 characters, or since 2026 an application id and a JSON Web Token.
      label: 'installation token',
      prefix: 'ghs_',
      pattern: /^ghs_[A-Za-z0-9._-]{36,}$/,
      placeholder: markedPlaceholder('ghs_'),
    },
    {
      label: 'refresh token',
      prefix: 'ghr_',
      pattern: /^ghr_[A-Za-z0-9]{36,76}$/,
      placeholder: markedPlaceholder('ghr_'),
    },
  ],
  dangerous: [
    { method: 'POST', path: '/*/*/git-receive-pack', class: 'destructive', why: 'git push', host: 'github.com' },
    {
      method: 'GET',
      path: '/*/*/info/refs',
      class: 'destructive',
      why: 'beginning of git push',
      host: 'github.com',
      query: { service: 'git-receive-pack' },
    },
    { method: 'DELETE', path: '/repos/*/*', class: 'destructive', why: 'deletes a repository' },
    { method: 'POST', path: '/repos/*/*/transfer', class: 'destructive', why: 'gives a repository away' },
    { method: 'DELETE', path: '/repos/*/*/branches/*/protection', class: 'destructive', why: 'unprotects a branch' },
    { method: 'DELETE', path: '/repos/*/*/rulesets/*', class: 'destructive', why: 'removes branch rules' },
    { method: 'DELETE', path: '/repos/*/*/git/refs/**', class: 'destructive', why: 'deletes a branch or tag' },
    { method: 'PUT', path: '/repos/*/*/pulls/*/merge', class: 'destructive', why: 'merges into a protected branch' },
    { method: 'DELETE', path: '/orgs/*', class: 'destructive', why: 'deletes an organization' },
    { method: 'DELETE', path: '/user/packages/*/*', class: 'destructive', why: 'deletes a package' },
    {
      method: 'POST',
      path: '/graphql',
      class: 'destructive',
      why: 'everything that the endpoints above do',
      body: { kind: 'graphql-mutation' },
    },
    { method: 'POST', path: '/user/keys', class: 'admin', why: 'adds an SSH key' },
    { method: 'POST', path: '/user/gpg_keys', class: 'admin', why: 'adds a signing key' },
    { method: 'POST', path: '/repos/*/*/keys', class: 'admin', why: 'adds a deploy key' },
    { method: 'PUT', path: '/repos/*/*/collaborators/*', class: 'admin', why: 'gives someone access' },
    { method: 'PUT', path: '/orgs/*/memberships/*', class: 'admin', why: 'adds a member' },
    { method: 'DELETE', path: '/orgs/*/members/*', class: 'admin', why: 'removes a member' },
    { method: 'PUT', path: '/repos/*/*/actions/secrets/*', class: 'admin', why: 'writes a build secret' },
    { method: 'PUT', path: '/orgs/*/actions/secrets/*', class: 'admin', why: 'writes a build secret' },
    {
      method: 'POST',
      path: '/repos/*/*/actions/runners/registration-token',
      class: 'admin',
      why: 'adds a build machine',
    },
    {
      method: 'POST',
      path: '/repos/*/*/actions/workflows/*/dispatches',
      class: 'admin',
      why: 'runs a build that holds secrets',
    },
    { method: 'PUT', path: '/repos/*/*/contents/**', class: 'admin', why: 'can write a build definition' },
    {
      method: 'PATCH',
      path: '/repos/*/*',
      class: 'exfil',
      why: 'makes a repository public',
      body: { kind: 'json-member', members: { private: false, visibility: 'public', archived: true } },
    },
    { method: 'POST', path: '/repos/*/*/hooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/orgs/*/hooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/gists', class: 'exfil', why: 'publishes a paste' },
    { method: 'POST', path: '/user/repos', class: 'exfil', why: 'can make a public repository' },
    { method: 'POST', path: '/repos/*/*/forks', class: 'exfil', why: 'copies a repository' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.github.com', path: '/user' },
  documentation: 'https://docs.github.com/rest/authentication/authenticating-to-the-rest-api',
  sources: [
    'cli/cli',
    'octokit/plugin-rest-endpoint-methods.js',
    'octokit/auth-token.js',
    'gitleaks',
    'trufflehog',
    'betterleaks',
  ],
  lastChecked: '2026-11-22',
}
