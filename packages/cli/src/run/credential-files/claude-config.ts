import { join } from 'node:path'
import { type CredentialFile, nothingIn } from './credential-file.ts'
import { objectIn, textOf } from './data-in-file.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'

/** How many characters of an approved key Claude Code remembers. */
const rememberedCharacters = 20
const subscription = 'it belongs to one person’s subscription; use an API key'

/** `.claude.json` of Claude Code: an API key that was made at the login. A login by subscription is left out. */
export const claudeConfig: CredentialFile = {
  ...filePlaces.claudeConfig,
  read(text, { home, user }, beside) {
    const config = objectIn(text)
    if (config === undefined) return nothingIn('it is not JSON in the form of Claude Code')
    const found = new FoundLogins('claude')
    const key = textOf(config['primaryApiKey'])
    const login = beside(join(user['CLAUDE_CONFIG_DIR'] ?? join(home, '.claude'), '.credentials.json'))
    if (login !== undefined && objectIn(login)?.['claudeAiOauth'] !== undefined) {
      found.leaveOut('the login by subscription', subscription)
    }
    // SECURITY: what begins so is a subscription’s token, wherever it stands.
    const isSubscription = key?.startsWith('sk-ant-oat') === true
    if (isSubscription) found.leaveOut('the key', subscription)
    const variable =
      key === undefined || isSubscription ? undefined : found.take('the API key', key, { provider: 'anthropic' })
    const render = (placeholder: (variable: string) => string) => {
      if (variable === undefined) return []
      const primaryApiKey = placeholder(variable)
      const approved = [primaryApiKey.slice(-rememberedCharacters)]
      const inside = {
        hasCompletedOnboarding: true,
        primaryApiKey,
        customApiKeyResponses: { approved, rejected: [] },
      }
      // Claude Code keeps all of its state in this file.
      return [{ path: claudeConfig.inside, content: `${JSON.stringify(inside, null, 2)}\n`, writable: true }]
    }
    return { ...found, render }
  },
}
