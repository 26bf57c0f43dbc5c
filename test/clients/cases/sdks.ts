import { type ClientCase, presentsBearer } from '../client-case.ts'
import { sentence } from '../sdk-replies.ts'
import { type Services, twilioAccount } from '../services.ts'

interface Sdk extends Pick<ClientCase, 'byBaseUrl' | 'gatewayName' | 'gatewayOnLoopback'> {
  readonly package: string
  /** Name of its call in `inside/sdks.mjs`. */
  readonly call: string
  readonly prints: string
  presents(services: Services): readonly string[]
  readonly note?: string
}

const sdks: readonly Sdk[] = [
  {
    package: '@google/genai',
    call: 'gemini',
    prints: sentence,
    presents: ({ gemini }) => [`x-goog-api-key ${gemini.key.value}`],
    byBaseUrl: true,
  },
  { package: 'groq-sdk', call: 'groq', prints: sentence, presents: presentsBearer('groq'), byBaseUrl: true },
  {
    package: '@mistralai/mistralai',
    call: 'mistral',
    prints: sentence,
    presents: presentsBearer('mistral'),
    gatewayName: 'mistral',
  },
  {
    package: '@octokit/rest',
    call: 'octokit',
    prints: 'agent',
    presents: ({ github }) => [`token ${github.key.value}`],
    gatewayName: 'github',
  },
  {
    package: '@slack/web-api',
    call: 'slack',
    prints: 'agent',
    presents: presentsBearer('slack'),
    gatewayName: 'slack',
  },
  {
    package: '@notionhq/client',
    call: 'notion',
    prints: 'agent',
    presents: presentsBearer('notion'),
    gatewayName: 'notion',
  },
  {
    package: '@linear/sdk',
    call: 'linear',
    prints: 'agent',
    presents: ({ linear }) => [linear.key.value],
    gatewayName: 'linear',
    gatewayOnLoopback: true,
  },
  { package: 'resend', call: 'resend', prints: 'mail-1', presents: presentsBearer('resend'), byBaseUrl: true },
  {
    package: 'exa-js',
    call: 'exa',
    prints: 'https://found.test/',
    presents: ({ exa }) => [`x-api-key ${exa.key.value}`],
    gatewayName: 'exa',
  },
  {
    package: '@mendable/firecrawl-js',
    call: 'firecrawl',
    prints: '# Scraped',
    presents: presentsBearer('firecrawl'),
    byBaseUrl: true,
  },
  {
    package: 'twilio',
    call: 'twilio',
    prints: 'SM1',
    presents: ({ twilio }) => [`Basic ${twilioAccount}:${twilio.key.value}`],
  },
  {
    package: '@aws-sdk/client-s3',
    call: 's3',
    prints: 'put and got',
    presents: () => ['AWS4-HMAC-SHA256'],
  },
  {
    package: '@aws-sdk/client-s3',
    call: 'ownS3',
    prints: 'attic',
    presents: () => ['AWS4-HMAC-SHA256'],
    note: 'signed by the client with a key of its own, through a tunnel',
  },
]

/** The published clients for Node that have no test of their own, each with one call. */
export const sdkClients: readonly ClientCase[] = sdks.map(
  ({ package: name, call, prints, presents, note, ...ways }) => ({
    name: note === undefined ? name : `${name}: ${note}`,
    script: ({ node, inside }) => `TWILIO_ACCOUNT_SID=${twilioAccount} ${node} ${inside}/sdks.mjs ${call}`,
    prints: new RegExp(`^${RegExp.escape(prints)}$`),
    presents,
    ...ways,
  }),
)
