import type { Provider } from '../provider.ts'

/** Railway: Bearer for tokens of accounts and teams, a header of its own for those of projects. */
export const railway: Provider = {
  id: 'railway',
  name: 'Railway',
  category: 'cloud',
  variables: ['RAILWAY_TOKEN', 'RAILWAY_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'backboard.railway.com',
      injectors: [{ kind: 'bearer' }, { kind: 'header', name: 'Project-Access-Token' }],
    },
    {
      host: 'backboard.railway.app',
      injectors: [{ kind: 'bearer' }, { kind: 'header', name: 'Project-Access-Token' }],
    },
  ],
  keyShapes: [],
  dangerous: [
    {
      method: 'POST',
      path: '/graphql/v2',
      class: 'credentials',
      why: 'makes tokens, keys and logins',
      body: {
        kind: 'words',
        words: [
          'projectTokenCreate',
          'apiTokenCreate',
          'bucketCredentialsReset',
          'bucketS3Credentials',
          'pluginResetCredentials',
          'generateShellToken',
          'sshPublicKeyCreate',
          'recoveryCodeGenerate',
          'twoFactorInfoSecret',
          'loginSessionAuth',
          'loginSessionConsume',
          'loginSessionCreate',
        ],
      },
    },
    {
      method: 'POST',
      path: '/graphql/v2',
      class: 'destructive',
      why: 'deletes projects, services and volumes, and makes tokens',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/graphql/v2',
      class: 'exfil',
      why: 'reads variables, secrets among them',
      body: { kind: 'words', words: ['variables', 'variablesForServiceDeployment'] },
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'POST', host: 'backboard.railway.com', path: '/graphql/v2', body: '{"query":"{me{email}}"}' },
  documentation: 'https://docs.railway.com/reference/public-api',
  sources: ['railwayapp/cli src/gql/schema.json', 'trufflehog'],
  lastChecked: '2026-11-23',
}
