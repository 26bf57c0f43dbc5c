import { type CredentialFile, nothingIn } from './credential-file.ts'
import { isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile, scopesAt } from './host-in-file.ts'
import { iniEntries } from './ini-sections.ts'

/** Addresses that twine knows by name. */
const knownRepositories: Readonly<Record<string, string>> = {
  pypi: 'https://upload.pypi.org/legacy/',
  testpypi: 'https://test.pypi.org/legacy/',
}

/** `.pypirc`: a user and a password for each index that packages are uploaded to. */
export const pypirc: CredentialFile = {
  ...filePlaces.pypirc,
  read(text) {
    const entries = iniEntries(text)
    if (entries === undefined) return nothingIn('it does not have the form of a .pypirc')
    const found = new FoundLogins('pip', '_UPLOAD')
    const sections = [...new Set(entries.map(({ section }) => section))].filter((name) =>
      /^[A-Za-z0-9._-]+$/.test(name),
    )
    const kept = sections.flatMap((section) => {
      const setting = (name: string) => entries.find((entry) => entry.section === section && entry.name === name)?.value
      const [user = '__token__', password] = [setting('username'), setting('password')]
      if (section === 'distutils' || password === undefined) return []
      const repository = setting('repository') ?? knownRepositories[section]
      const place = hostInFile(repository ?? '')
      const what = `the password of index ${section}`
      if (place.fault !== undefined || repository === undefined) {
        found.leaveOut(what, place.fault ?? 'it has no address')
        return []
      }
      if (!isPlainUser(user)) {
        found.leaveOut(what, 'its user cannot be told from a credential')
        return []
      }
      const isOwn = repository === knownRepositories['pypi']
      const use = isOwn ? { provider: 'pypi' } : { scopes: scopesAt(place.host, [{ kind: 'basic', username: user }]) }
      const variable = found.take(what, password, use)
      return variable === undefined ? [] : [{ section, user, variable, repository: `https://${place.to}/` }]
    })
    const render = (placeholder: (variable: string) => string) => {
      const index = `[distutils]\nindex-servers =\n${kept.map(({ section }) => `    ${section}\n`).join('')}`
      const parts = kept.map(({ section, user, variable, repository }) => {
        return `\n[${section}]\nrepository = ${repository}\nusername = ${user}\npassword = ${placeholder(variable)}\n`
      })
      return kept.length === 0 ? [] : [{ path: pypirc.inside, content: index + parts.join('') }]
    }
    return { ...found, render }
  },
}
