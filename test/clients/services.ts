import type { InjectorSpec } from '@coatcheck/contract'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import type { Credential } from '../fixtures/credential.ts'

/** A service that the clients talk to, and the one key that it accepts. */
export interface Service {
  /** Also the name of the secret. */
  readonly name: string
  readonly host: string
  /** Variable that holds the placeholder. */
  readonly env: string
  readonly key: Canary
  readonly inject: readonly InjectorSpec[]
  /** Gives the placeholder its form. */
  readonly provider?: string
  readonly accepts: readonly Credential[]
}

const bearer: InjectorSpec = { kind: 'bearer' }
const basic: InjectorSpec = { kind: 'basic' }

// Keys of the form that the catalog knows, so that the clients meet placeholders of that form.
const openAiLead = 'sk-svcacct-0123456789abcdefghijT3BlbkFJ'

function service(name: string, host: string, env: string, inject: InjectorSpec, lead = `${name}_`): Service {
  const key = makeCanary(lead)
  const scheme = inject.kind === 'basic' ? 'basic' : 'bearer'
  return { name, host, env, key, inject: [inject], accepts: [{ scheme, value: key.value }] }
}

function anthropic(): Service {
  const plain = service('anthropic', 'api.anthropic.com', 'ANTHROPIC_API_KEY', { kind: 'header', name: 'x-api-key' })
  return { ...plain, accepts: [{ scheme: 'header', name: 'x-api-key', value: plain.key.value }] }
}

function stripe(): Service {
  const plain = service('stripe', 'api.stripe.com', 'STRIPE_SECRET_KEY', bearer, 'sk_test_')
  const pair = `Basic ${Buffer.from(`${plain.key.value}:`).toString('base64')}`
  return {
    ...plain,
    provider: 'stripe',
    inject: [bearer, { kind: 'basic', as: 'user' }],
    accepts: [...plain.accepts, { scheme: 'header', name: 'authorization', value: pair }],
  }
}

/** All services, each with a new key. */
export function makeServices() {
  return {
    api: service('api', 'api.clients.test', 'API_TOKEN', bearer),
    login: service('login', 'login.clients.test', 'LOGIN_TOKEN', basic),
    git: service('git', 'git.clients.test', 'GIT_TOKEN', basic),
    npm: service('npm', 'npm.clients.test', 'NPM_TOKEN', bearer),
    pip: service('pip', 'pip.clients.test', 'INDEX_TOKEN', basic),
    openai: {
      ...service('openai', 'api.openai.com', 'OPENAI_API_KEY', bearer, openAiLead),
      provider: 'openai',
    },
    anthropic: anthropic(),
    claude: {
      ...service('claude', 'api.anthropic.com', 'ANTHROPIC_AUTH_TOKEN', bearer, 'sk-ant-oat01-'),
      provider: 'anthropic',
    },
    stripe: stripe(),
  } as const satisfies Record<string, Service>
}

/** The services by name. */
export type Services = ReturnType<typeof makeServices>
