import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Weights & Biases: the password of a Basic pair. */
export const wandb: Provider = {
  id: 'wandb',
  name: 'Weights & Biases',
  category: 'observability',
  variables: ['WANDB_API_KEY'],
  companionVariables: ['WANDB_ENTITY', 'WANDB_PROJECT'],
  baseUrlVariables: [{ name: 'WANDB_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'api.wandb.ai', injectors: [{ kind: 'basic', as: 'password' }] },
    { host: 'trace.wandb.ai', injectors: [{ kind: 'basic', as: 'password' }] },
  ],
  keyShapes: [
    prefixedShape('key of the first version', 'wandb_v1_', /^wandb_v1_[A-Za-z0-9_]{77}$/),
    {
      // Its client takes no key of less than 40 characters, and older ones none of more.
      label: 'older key',
      prefix: '',
      pattern: /^[0-9a-f]{40}$/,
      placeholder: { lead: 'coatcheck_', alphabet: 'alphanumeric', length: 30 },
    },
  ],
  dangerous: [
    {
      method: 'POST',
      path: '/graphql',
      class: 'credentials',
      why: 'makes keys',
      body: { kind: 'words', words: ['generateApiKey', 'createServiceAccount'] },
    },
    {
      method: 'POST',
      path: '/graphql',
      class: 'destructive',
      why: 'deletes runs, artifacts and projects',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/graphql',
      class: 'exfil',
      why: 'sends events to a URL of choice',
      body: { kind: 'words', words: ['createGenericWebhookIntegration', 'CreateGenericWebhookIntegration'] },
    },
    {
      method: 'POST',
      path: '/graphql',
      class: 'admin',
      why: 'lets people in',
      body: { kind: 'words', words: ['createInvite', 'createUser', 'createTeam'] },
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'POST', host: 'api.wandb.ai', path: '/graphql', body: '{"query":"{viewer{id}}"}', user: 'api' },
  documentation: 'https://docs.wandb.ai',
  sources: ['wandb/wandb', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
