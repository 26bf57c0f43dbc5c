import { type CredentialFile, nothingIn } from './credential-file.ts'
import { objectIn, textOf } from './data-in-file.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'

/** `auth.json` of Codex: an API key. A login by ChatGPT is left out. */
export const codexAuth: CredentialFile = {
  ...filePlaces.codexAuth,
  read(text) {
    const auth = objectIn(text)
    if (auth === undefined) return nothingIn('it is not JSON in the form of Codex')
    const found = new FoundLogins('codex')
    const key = textOf(auth['OPENAI_API_KEY'])
    if (auth['tokens'] !== undefined && auth['tokens'] !== null) {
      found.leaveOut('the login by ChatGPT', 'it belongs to one person’s subscription; use an API key')
    }
    const variable = key === undefined ? undefined : found.take('the API key', key, { provider: 'openai' })
    const render = (placeholder: (variable: string) => string) => {
      if (variable === undefined) return []
      const content = `${JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: placeholder(variable) }, null, 2)}\n`
      return [{ path: codexAuth.inside, content }]
    }
    return { ...found, render }
  },
}
