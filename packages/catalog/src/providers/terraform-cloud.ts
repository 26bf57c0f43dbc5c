import type { Provider } from '../provider.ts'

/** HCP Terraform: one host, Bearer. Its tokens have their mark in the middle, not at the beginning. */
export const terraformCloud: Provider = {
  id: 'terraform-cloud',
  name: 'HCP Terraform',
  category: 'cloud',
  variables: ['TFE_TOKEN', 'TF_TOKEN_app_terraform_io'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'TFE_ADDRESS', safeToRedirect: false, path: '' }],
  hosts: [{ host: 'app.terraform.io', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/api/v2/users/*/authentication-tokens', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/api/v2/organizations/*/authentication-token',
      class: 'credentials',
      why: 'makes a token',
    },
    { method: 'POST', path: '/api/v2/teams/*/authentication-token', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v2/teams/*/authentication-tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v2/agent-pools/*/authentication-tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v2/runs/*/actions/apply', class: 'destructive', why: 'changes infrastructure' },
    { method: 'DELETE', path: '/api/v2/workspaces/*', class: 'destructive', why: 'deletes a workspace' },
    { method: 'GET', path: '/api/v2/state-versions/**', class: 'exfil', why: 'reads state, which holds secrets' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'app.terraform.io', path: '/api/v2/account/details' },
  documentation: 'https://developer.hashicorp.com/terraform/cloud-docs/api-docs',
  sources: ['gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
