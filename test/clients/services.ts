import { findProvider } from '@coatcheck/catalog'
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

/** What a service of the catalog is made from. */
interface Listed {
  readonly provider: string
  readonly host: string
  readonly env: string
  /** What its keys begin with. */
  readonly lead: string
  /** The forms in which it accepts the key, as they stand on the wire. */
  accepts(key: string): readonly Credential[]
}

/** A service that nobody knows. */
function service(name: string, env: string, kind: 'basic' | 'bearer'): Service {
  const key = makeCanary(`${name}_`)
  const accepts = [{ scheme: kind, value: key.value }]
  return { name, host: `${name}.clients.test`, env, key, inject: [{ kind }], accepts }
}

/** A service of the catalog; the key is put where the catalog says. */
function listed(name: string, { provider, host, env, lead, accepts }: Listed): Service {
  const key = makeCanary(lead)
  const inject = findProvider(provider)?.hosts.find((known) => known.host === host)?.injectors ?? []
  return { name, provider, host, env, key, inject, accepts: accepts(key.value) }
}

const asBearer = (value: string): Credential => ({ scheme: 'bearer', value })

/** All services, each with a new key. The keys have a form that the catalog knows, so the placeholders have it too. */
export function makeServices() {
  return {
    api: service('api', 'API_TOKEN', 'bearer'),
    login: service('login', 'LOGIN_TOKEN', 'basic'),
    git: service('git', 'GIT_TOKEN', 'basic'),
    npm: service('npm', 'NPM_TOKEN', 'bearer'),
    pip: service('pip', 'INDEX_TOKEN', 'basic'),
    openai: listed('openai', {
      provider: 'openai',
      host: 'api.openai.com',
      env: 'OPENAI_API_KEY',
      lead: 'sk-svcacct-0123456789abcdefghijT3BlbkFJ',
      accepts: (key) => [asBearer(key)],
    }),
    anthropic: listed('anthropic', {
      provider: 'anthropic',
      host: 'api.anthropic.com',
      env: 'ANTHROPIC_API_KEY',
      lead: 'sk-ant-api03-',
      accepts: (key) => [asBearer(key), { scheme: 'header', name: 'x-api-key', value: key }],
    }),
    claude: listed('claude', {
      provider: 'anthropic',
      host: 'api.anthropic.com',
      env: 'ANTHROPIC_AUTH_TOKEN',
      lead: 'sk-ant-oat01-',
      accepts: (key) => [asBearer(key)],
    }),
    stripe: listed('stripe', {
      provider: 'stripe',
      host: 'api.stripe.com',
      env: 'STRIPE_SECRET_KEY',
      lead: 'sk_test_',
      accepts: (key) => [
        asBearer(key),
        { scheme: 'header', name: 'authorization', value: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
      ],
    }),
  } as const satisfies Record<string, Service>
}

/** The services by name. */
export type Services = ReturnType<typeof makeServices>
