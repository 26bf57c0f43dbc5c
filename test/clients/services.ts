import { findProvider } from '@coatcheck/catalog'
import type { InjectorSpec } from '@coatcheck/contract'
import { type Canary, canaryOf, makeCanary } from '../fixtures/canary.ts'
import type { Credential } from '../fixtures/credential.ts'

/** Where the storage is that takes signed requests alone. */
const storageHost = 's3.us-east-1.amazonaws.com'

/** A service that the clients talk to, and the one key that it accepts. */
export interface Service {
  /** Also the name of the secret. */
  readonly name: string
  readonly host: string
  /** Variable that holds the placeholder. */
  readonly env: string
  readonly key: Canary
  /** Value of the secret, where it is more than the key. */
  readonly stored?: string
  /** Name of the grant, where it is not that of the variable. */
  readonly grant?: string
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

/** A service that nobody knows, and that asks for Digest. */
function answering(name: string, env: string, username: string): Service {
  const key = makeCanary(`${name}_`)
  const accepts = [{ scheme: 'digest', value: key.value, username }] as const
  return { name, host: `${name}.clients.test`, env, key, inject: [{ kind: 'digest', username }], accepts }
}

/** A service of the catalog; the key is put where the catalog says. */
function listed(name: string, { provider, host, env, lead, accepts }: Listed): Service {
  const key = makeCanary(lead)
  const inject = findProvider(provider)?.hosts.find((known) => known.host === host)?.injectors ?? []
  return { name, provider, host, env, key, inject, accepts: accepts(key.value) }
}

const asHeader = (name: string, value: string): Credential => ({ scheme: 'header', name, value })
const asBearer = (value: string): Credential => ({ scheme: 'bearer', value })

/** A service of the catalog, of the same name, that takes its key as a bearer token. */
function bearer(provider: string, host: string, env: string, lead: string): Service {
  return listed(provider, { provider, host, env, lead, accepts: (key) => [asBearer(key)] })
}

/** The general service of AWS: a pair that signs, of which the secret half must not be seen. */
function signing(name: string, host: string): Service {
  const { value } = makeCanary('')
  const key = canaryOf(value.slice(0, 40))
  const stored = JSON.stringify({ accessKeyId: signingKeyId, secretAccessKey: key.value })
  const known = listed(name, { provider: 'aws', host, env: 'AWS_SECRET_ACCESS_KEY', lead: '', accepts: () => [] })
  return { ...known, key, stored, grant: 'AWS' }
}

/** Name of the key pair at the storage; it is said with each request. */
export const signingKeyId = 'AKIAREALREALREALREAL'

/** Goes with the secret, and is none. */
export const twilioAccount = 'AC0123456789abcdef0123456789abcdef'

/** All services, each with a new key. The keys have a form that the catalog knows, so the placeholders have it too. */
export function makeServices() {
  return {
    api: service('api', 'API_TOKEN', 'bearer'),
    login: service('login', 'LOGIN_TOKEN', 'basic'),
    files: answering('files', 'FILES_PASSWORD', 'agent'),
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
    gemini: listed('gemini', {
      provider: 'gemini',
      host: 'generativelanguage.googleapis.com',
      env: 'GEMINI_API_KEY',
      lead: 'AIza',
      accepts: (key) => [asHeader('x-goog-api-key', key)],
    }),
    groq: bearer('groq', 'api.groq.com', 'GROQ_API_KEY', 'gsk_'),
    mistral: bearer('mistral', 'api.mistral.ai', 'MISTRAL_API_KEY', ''),
    github: listed('github', {
      provider: 'github',
      host: 'api.github.com',
      env: 'GITHUB_TOKEN',
      lead: 'ghp_',
      accepts: (key) => [asHeader('authorization', `token ${key}`), asBearer(key)],
    }),
    slack: bearer('slack', 'slack.com', 'SLACK_BOT_TOKEN', 'xoxb-1234567890-1234567890-'),
    notion: bearer('notion', 'api.notion.com', 'NOTION_TOKEN', 'ntn_'),
    linear: listed('linear', {
      provider: 'linear',
      host: 'api.linear.app',
      env: 'LINEAR_API_KEY',
      lead: 'lin_api_',
      accepts: (key) => [asHeader('authorization', key)],
    }),
    resend: bearer('resend', 'api.resend.com', 'RESEND_API_KEY', 're_'),
    exa: listed('exa', {
      provider: 'exa',
      host: 'api.exa.ai',
      env: 'EXA_API_KEY',
      lead: '',
      accepts: (key) => [asHeader('x-api-key', key), asBearer(key)],
    }),
    firecrawl: bearer('firecrawl', 'api.firecrawl.dev', 'FIRECRAWL_API_KEY', 'fc-'),
    twilio: listed('twilio', {
      provider: 'twilio',
      host: 'api.twilio.com',
      env: 'TWILIO_AUTH_TOKEN',
      lead: '',
      accepts: (key) => [{ scheme: 'basic', value: key, username: twilioAccount }],
    }),
    asana: bearer('asana', 'app.asana.com', 'ASANA_ACCESS_TOKEN', ''),
    sentry: bearer('sentry', 'sentry.io', 'SENTRY_AUTH_TOKEN', 'sntryu_'),
    storage: signing('storage', storageHost),
  } as const satisfies Record<string, Service>
}

/** The services by name. */
export type Services = ReturnType<typeof makeServices>
