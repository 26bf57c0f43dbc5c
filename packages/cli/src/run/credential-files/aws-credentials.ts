import { dirname, join } from 'node:path'
import { type CredentialFile, type FileLogin, type FileOwner, nothingIn } from './credential-file.ts'
import { faultOfValue } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { iniEntries } from './ini-sections.ts'

const variable = 'FILE_AWS'

/** `credentials` of AWS: the pair of keys of one profile, `AWS_PROFILE` or `default`, and its region from the file beside it. */
export const awsCredentials: CredentialFile = {
  ...filePlaces.awsCredentials,
  read(text, owner, beside) {
    const entries = iniEntries(text)
    if (entries === undefined) return nothingIn('it does not have the form of the credentials of AWS')
    const profile = owner.user['AWS_PROFILE'] ?? owner.user['AWS_DEFAULT_PROFILE'] ?? 'default'
    if (!/^[A-Za-z0-9._@+-]{1,64}$/.test(profile)) return nothingIn('the name of the profile has an unusual form')
    const setting = (name: string) =>
      entries.find((entry) => entry.section === profile && entry.name.toLowerCase() === name)?.value
    const [id, key, token] = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'].map(setting)
    if (id === undefined || key === undefined) {
      return nothingIn(`profile ${profile} has no pair of keys; roles, single sign-on and programs are not asked`)
    }
    const fault = [id, key, token ?? key].map(faultOfValue).find((one) => one !== undefined)
    if (fault !== undefined) return nothingIn(`profile ${profile} stays outside: ${fault}`)
    const login: FileLogin = {
      variable: `${variable}_ACCESS_KEY_ID`,
      credentials: {
        [`${variable}_ACCESS_KEY_ID`]: id,
        [`${variable}_SECRET_ACCESS_KEY`]: key,
        ...(token === undefined ? {} : { [`${variable}_SESSION_TOKEN`]: token }),
      },
      use: { provider: 'aws' },
    }
    const region = regionOf(profile, owner, beside)
    const names = [...new Set(['default', profile])]
    return {
      logins: [login],
      leftOut: [],
      render: (placeholder) => {
        const pair = `aws_access_key_id = ${placeholder(`${variable}_ACCESS_KEY_ID`)}\naws_secret_access_key = ${placeholder(`${variable}_SECRET_ACCESS_KEY`)}\n`
        const headers = names.map((name) => (name === 'default' ? '[default]' : `[profile ${name}]`))
        const config = headers.map((header) => `${header}\nregion = ${region}\n`).join('')
        return [
          { path: awsCredentials.inside, content: names.map((name) => `[${name}]\n${pair}`).join('') },
          ...(region === undefined ? [] : [{ path: '.aws/config', content: config }]),
        ]
      },
    }
  },
}

/** Signatures name a region, so clients without one do nothing. */
function regionOf(
  profile: string,
  { home, user }: FileOwner,
  beside: (path: string) => string | undefined,
): string | undefined {
  const text = beside(user['AWS_CONFIG_FILE'] ?? join(home, dirname(awsCredentials.inside), 'config'))
  const entries = (text === undefined ? undefined : iniEntries(text)) ?? []
  const header = profile === 'default' ? 'default' : `profile ${profile}`
  const region = entries.find(({ section, name }) => section === header && name === 'region')?.value
  return region !== undefined && /^[a-z0-9-]{1,32}$/.test(region) ? region : undefined
}
