import { type CredentialFile, nothingIn } from './credential-file.ts'
import { isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile, scopesAt } from './host-in-file.ts'
import { iniEntries } from './ini-sections.ts'

/** An address inside, made once the placeholders are there. */
type Address = (placeholder: (variable: string) => string) => string

const addressNames = ['index-url', 'extra-index-url']

/** `pip.conf`: addresses of package indexes, with a login in them. */
export const pipConf: CredentialFile = {
  ...filePlaces.pipConf,
  read(text) {
    const entries = iniEntries(text)
    if (entries === undefined) return nothingIn('it does not have the form of a pip.conf')
    const found = new FoundLogins('pip', '_INDEX')
    const settings = entries
      .filter(({ section, name }) => addressNames.includes(name) && /^[a-z-]+$/.test(section))
      .map(({ section, name, value }) => {
        const addresses = value.split(/\s+/).filter((address) => address !== '')
        return { section, name, addresses: addresses.flatMap((address) => addressOf(address, found) ?? []) }
      })
      .filter(({ addresses }) => addresses.length > 0)
    const render = (placeholder: (variable: string) => string) => {
      const sections = [...new Set(settings.map(({ section }) => section))].map((section) => {
        const lines = settings
          .filter((setting) => setting.section === section)
          .map(({ name, addresses }) => `${name} = ${addresses.map((one) => one(placeholder)).join('\n    ')}\n`)
        return `[${section}]\n${lines.join('')}`
      })
      return found.logins.length === 0 ? [] : [{ path: pipConf.inside, content: sections.join('\n') }]
    }
    return { ...found, render }
  },
}

function addressOf(address: string, found: FoundLogins): Address | undefined {
  const url = URL.parse(address)
  const place = url === null ? undefined : hostInFile(`${url.protocol}//${url.host}${url.pathname}`)
  if (url === null || place?.to === undefined || url.search !== '' || url.hash !== '') {
    found.leaveOut('an index', place?.fault ?? 'its address has an unusual form')
    return undefined
  }
  const tail = `${place.to}/`
  if (url.username === '') return () => `https://${tail}`
  const what = `the login for ${place.host}`
  const [user, password] = [url.username, url.password].map(decoded)
  if (user === undefined || password === undefined) {
    found.leaveOut(what, 'its address has an unusual form')
    return undefined
  }
  // A token alone is a user without a password.
  if (password === '') {
    const variable = found.take(what, user, { scopes: scopesAt(place.host, [{ kind: 'basic', as: 'user' }]) })
    return variable === undefined ? undefined : (placeholder) => `https://${placeholder(variable)}:@${tail}`
  }
  if (!isPlainUser(user)) {
    found.leaveOut(what, 'its user cannot be told from a credential')
    return undefined
  }
  const scopes = scopesAt(place.host, [{ kind: 'basic', username: user }])
  const variable = found.take(what, password, { scopes })
  return variable === undefined
    ? undefined
    : (placeholder) => `https://${encodeURIComponent(user)}:${placeholder(variable)}@${tail}`
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
