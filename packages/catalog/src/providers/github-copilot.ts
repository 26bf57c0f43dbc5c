import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** GitHub Copilot: a GitHub token as Bearer on the hosts of each plan. The exchange for a short-lived token is left out: its reply would bring a real token inside. */
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
    prefixedShape('app user token', 'ghu_', /^ghu_[A-Za-z0-9]{36}$/),
  ],
  dangerous: [],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://docs.github.com/copilot',
  sources: ['github/copilot-sdk', 'NVIDIA/OpenShell'],
  lastChecked: '2026-11-22',
}
