import type { CredentialUse } from '@coatcheck/contract'
import { stringify } from 'yaml'
import { type CredentialFile, nothingIn } from './credential-file.ts'
import { membersOf, objectIn, textOf } from './data-in-file.ts'
import { isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile, scopesAt } from './host-in-file.ts'

/** One host inside, with the variables of its tokens. */
interface Account {
  readonly host: string
  readonly user: string | undefined
  readonly active: string
  readonly users: readonly (readonly [user: string, variable: string])[]
}

/** `hosts.yml` of gh: a token for each host, or for each user of a host. */
export const ghHosts: CredentialFile = {
  ...filePlaces.ghHosts,
  read(text) {
    const hosts = objectIn(text)
    if (hosts === undefined) return nothingIn('it is not YAML in the form of gh')
    const found = new FoundLogins('gh')
    const accounts = Object.entries(hosts).flatMap(([name, settings]) => accountOf(name, settings, found))
    return { ...found, render: (placeholder) => filesOf(accounts, placeholder) }
  },
}

function accountOf(name: string, settings: unknown, found: FoundLogins): Account[] {
  const place = hostInFile(name)
  const members = membersOf(settings)
  if (place.fault !== undefined || place.to !== place.host || members === undefined) {
    found.leaveOut('a host', place.fault ?? 'it has no settings')
    return []
  }
  const { host } = place
  const use = useOf(host)
  const take = (token: unknown) =>
    textOf(token) === undefined ? undefined : found.take(`the token for ${host}`, textOf(token)!, use)
  const users = Object.entries(membersOf(members['users']) ?? {}).flatMap(([user, one]) => {
    const variable = isPlainUser(user) ? take(membersOf(one)?.['oauth_token']) : undefined
    return variable === undefined ? [] : [[user, variable] as const]
  })
  const user = [textOf(members['user'])].find((each) => each !== undefined && isPlainUser(each))
  const active = take(members['oauth_token']) ?? users.find(([each]) => each === user)?.[1]
  if (active !== undefined) return [{ host, user, active, users }]
  if (members['oauth_token'] === undefined && users.length === 0) {
    found.leaveOut(
      `the token for ${host}`,
      'gh keeps it in the keyring; `gh auth token | coatcheck secret create` stores it',
    )
  }
  return []
}

function useOf(host: string): CredentialUse {
  if (host === 'github.com') return { provider: 'github' }
  const forms = [{ kind: 'bearer', scheme: 'token' }, { kind: 'bearer' }, { kind: 'basic' }]
  // Tenants of GitHub have their API beside them, servers of one’s own below a path.
  const api = host.endsWith('.ghe.com') ? scopesAt(`api.${host}`, forms) : []
  return { scopes: [...scopesAt(host, forms), ...api] }
}

function filesOf(accounts: readonly Account[], placeholder: (variable: string) => string) {
  const hosts = accounts.map(({ host, user, active, users }) => {
    const all = users.length > 0 || user === undefined ? users : [[user, active] as const]
    const known = Object.fromEntries(all.map(([name, variable]) => [name, { oauth_token: placeholder(variable) }]))
    const own = user === undefined ? {} : { user, users: known }
    return [host, { ...own, oauth_token: placeholder(active), git_protocol: 'https' }]
  })
  if (hosts.length === 0) return []
  return [
    { path: ghHosts.inside, content: stringify(Object.fromEntries(hosts)) },
    // Without a version newer ones of gh rewrite the file of hosts.
    { path: '.config/gh/config.yml', content: 'version: "1"\ngit_protocol: https\n', writable: true },
  ]
}
