import { prefixedShape } from '../key-shape.ts'
import type { Provider, ProviderHost } from '../provider.ts'

const regions = [
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
]

const regionHost = (region: string): ProviderHost => ({
  host: `bedrock-runtime.${region}.amazonaws.com`,
  injectors: [{ kind: 'bearer' }],
})

/** Amazon Bedrock with an API key: Bearer. A region that is not listed takes a scope of its own; keys of IAM sign requests and are no keys of this provider. */
export const awsBedrock: Provider = {
  id: 'aws-bedrock',
  name: 'Amazon Bedrock',
  category: 'llm',
  variables: ['AWS_BEARER_TOKEN_BEDROCK'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'AWS_BEDROCK_BASE_URL', safeToRedirect: false, path: '' },
    { name: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', safeToRedirect: false, path: '' },
  ],
  hosts: regions.map(regionHost),
  keyShapes: [prefixedShape('long-lived API key', 'ABSK', /^ABSK[A-Za-z0-9+/]{109,269}={0,2}$/)],
  dangerous: [
    {
      method: 'POST',
      path: '/model/*/invoke-with-bidirectional-stream',
      class: 'spend',
      why: 'a stream whose cost no response shows',
    },
    { method: 'POST', path: '/async-invoke', class: 'spend', why: 'generates video and other long work' },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      {
        path: '/model/*/converse',
        counts: {
          input: '$.usage.inputTokens',
          output: '$.usage.outputTokens',
          cacheRead: '$.usage.cacheReadInputTokens',
          cacheWrite: '$.usage.cacheWriteInputTokens',
        },
        inputIncludesCache: false,
        outputIncludesReasoning: true,
        stream: null,
      },
    ],
  },
  probe: null,
  documentation: 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html',
  sources: ['docs.aws.amazon.com/bedrock', 'vercel/ai', 'openai/openai-node src/bedrock.ts', 'gitleaks'],
  lastChecked: '2026-11-23',
}
