import { codexAuth } from './codex-auth.ts'
import { testCredentialFile } from './credential-files.suite.ts'

const key = `sk-proj-${'a1'.repeat(20)}`
const tokens = { access_token: 'hidden-access', refresh_token: 'hidden-refresh' }

testCredentialFile(
  codexAuth,
  [
    {
      name: 'an API key',
      text: JSON.stringify({ OPENAI_API_KEY: key, tokens: null, other: 'hidden-x' }),
      logins: [[[key], 'openai']],
      inside: { '.codex/auth.json': '{\n  "auth_mode": "apikey",\n  "OPENAI_API_KEY": "<1>"\n}\n' },
    },
    {
      name: 'a login by ChatGPT stays outside, also beside a key',
      text: JSON.stringify({ OPENAI_API_KEY: key, tokens }),
      logins: [[[key], 'openai']],
      leftOut: [/subscription/],
    },
    {
      name: 'a login by ChatGPT alone gives no file',
      text: JSON.stringify({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens }),
      logins: [],
      leftOut: [/subscription/],
      inside: {},
    },
  ],
  ['{', `"${key}"`],
)
