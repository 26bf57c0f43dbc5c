import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * GitHub Copilot: a GitHub token as Bearer on the hosts of each plan. The exchange for a short-lived token is left out: its
 * reply would bring a real token inside. One of the hosts has GitHub’s MCP server too.
 */
export const githubCopilot: Provider = {
  id: 'github-copilot',
  name: 'GitHub Copilot',
  category: 'llm',
  variables: ['COPILOT_GITHUB_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.githubcopilot.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.individual.githubcopilot.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.business.githubcopilot.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.enterprise.githubcopilot.com', injectors: [{ kind: 'bearer' }] },
    { host: 'copilot-proxy.githubusercontent.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    prefixedShape('fine-grained personal access token', 'github_pat_', /^github_pat_[A-Za-z0-9_]{82}$/),
    prefixedShape('OAuth token', 'gho_', /^gho_[A-Za-z0-9]{36}$/),
    prefixedShape('app user token', 'ghu_', /^ghu_[A-Za-z0-9._-]{36,}$/),
    prefixedShape('installation token', 'ghs_', /^ghs_[A-Za-z0-9._-]{36,}$/),
  ],
  dangerous: [
    {
      method: 'POST',
      path: '/mcp/**',
      class: 'destructive',
      why: 'deletes or merges by a tool',
      host: 'api.githubcopilot.com',
      body: { kind: 'words', words: ['delete_file', 'delete_repository', 'merge_pull_request'] },
    },
    {
      method: 'POST',
      path: '/mcp/**',
      class: 'admin',
      why: 'can write a build definition, or run one, by a tool',
      host: 'api.githubcopilot.com',
      body: { kind: 'words', words: ['create_or_update_file', 'push_files', 'actions_run_trigger'] },
    },
    {
      method: 'POST',
      path: '/mcp/**',
      class: 'exfil',
      why: 'copies or publishes by a tool',
      host: 'api.githubcopilot.com',
      body: { kind: 'words', words: ['create_gist', 'create_repository', 'fork_repository'] },
    },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://docs.github.com/copilot',
  sources: [
    'docs.github.com copilot-allowlist-reference',
    'github/copilot-sdk docs/auth',
    'github/github-mcp-server pkg/github',
    'NVIDIA/OpenShell',
  ],
  lastChecked: '2026-11-23',
}
