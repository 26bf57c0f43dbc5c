import { claudeConfig } from './claude-config.ts'
import { testCredentialFile } from './credential-files.suite.ts'

const key = `sk-ant-api03-${'a1'.repeat(40)}`
const oauth = `sk-ant-oat01-${'a1'.repeat(40)}`
const credentials = JSON.stringify({ claudeAiOauth: { accessToken: oauth } })
const inside = `${JSON.stringify(
  { hasCompletedOnboarding: true, primaryApiKey: '<1>', customApiKeyResponses: { approved: ['<1>'], rejected: [] } },
  null,
  2,
)}\n`

testCredentialFile(
  claudeConfig,
  [
    {
      name: 'an API key; projects, histories and servers are dropped',
      text: JSON.stringify({ primaryApiKey: key, projects: { '/x': { history: ['hidden-plan'] } }, mcpServers: {} }),
      logins: [[[key], 'anthropic']],
      inside: { '.claude.json': inside },
    },
    {
      name: 'a login by subscription stays outside, wherever its token stands',
      text: JSON.stringify({ primaryApiKey: oauth }),
      beside: { '/home/person/.claude/.credentials.json': credentials },
      logins: [],
      leftOut: [/login by subscription/, /the key stays outside/],
      inside: {},
    },
  ],
  ['{', `["${key}"]`],
)
