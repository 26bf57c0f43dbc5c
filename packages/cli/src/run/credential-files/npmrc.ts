import { type CredentialFile, nothingIn } from './credential-file.ts'
import { isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile, scopesAt } from './host-in-file.ts'
import { type IniEntry, iniEntries } from './ini-sections.ts'
import { pairIn, pairText } from './pair-text.ts'

/** A line inside, made once the placeholders are there. */
type Line = (placeholder: (variable: string) => string) => string

const credentialNames = ['_authToken', '_auth', '_password', 'username']

/** `.npmrc` of a user: a token, or a pair, for each registry. Names of registries are kept, and nothing else. */
export const npmrc: CredentialFile = {
  ...filePlaces.npmrc,
  read(text) {
    const entries = iniEntries(text)
    if (entries === undefined) return nothingIn('it does not have the form of an .npmrc')
    const found = new FoundLogins('npm')
    const lines: Line[] = []
    for (const entry of entries) {
      const line = isRegistry(entry) ? () => `${entry.name}=${entry.value}` : lineOf(entry, entries, found)
      if (line !== undefined) lines.push(line)
    }
    const render = (placeholder: (variable: string) => string) =>
      found.logins.length === 0
        ? []
        : [{ path: npmrc.inside, content: lines.map((line) => `${line(placeholder)}\n`).join('') }]
    return { ...found, render }
  },
}

/** SECURITY: the address of a registry may have a login in it; then its line goes. */
function isRegistry({ name, value }: IniEntry): boolean {
  if (!/^(?:@[A-Za-z0-9._~-]+:)?registry$/.test(name)) return false
  return /^https?:\/\/[A-Za-z0-9.:-]+(?:\/[A-Za-z0-9._~/-]*)?$/.test(value)
}

function lineOf({ name, value }: IniEntry, entries: readonly IniEntry[], found: FoundLogins): Line | undefined {
  const [, place = '', kind = ''] = /^\/\/(.+?):([A-Za-z_]+)$/.exec(name) ?? []
  if (!credentialNames.includes(kind)) {
    if (/^_(?:auth|authToken|password)$/.test(name))
      found.leaveOut('a login without a registry', 'npm takes none any more')
    return undefined
  }
  const target = hostInFile(place)
  if (target.fault !== undefined) {
    if (kind !== 'username') found.leaveOut('the login of a registry', target.fault)
    return undefined
  }
  const text = unquoted(value)
  const what = `the login for ${target.host}`
  // npm fills in a variable of the environment inside, where a placeholder may be.
  if (/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text)) return () => `${name}=${text}`
  const userOf = entries.find((entry) => entry.name === `//${place}:username`)
  const user = userOf && unquoted(userOf.value)
  if (kind === 'username') return isPlainUser(text) ? () => `${name}=${text}` : undefined
  if (kind === '_authToken') {
    const isOwn = target.to === 'registry.npmjs.org'
    const use = isOwn ? { provider: 'npm' } : { scopes: [{ to: target.to, inject: { kind: 'bearer' } }] }
    const variable = found.take(what, text, use)
    return variable === undefined ? undefined : (placeholder) => `${name}=${placeholder(variable)}`
  }
  const pair = kind === '_auth' ? pairIn(text) : { user: user ?? '', password: Buffer.from(text, 'base64').toString() }
  if (pair === undefined || !isPlainUser(pair.user)) {
    found.leaveOut(what, 'its user cannot be told from a credential')
    return undefined
  }
  const scopes = scopesAt(target.to, [{ kind: 'basic', username: pair.user }])
  const variable = found.take(what, pair.password, { scopes })
  if (variable === undefined) return undefined
  return (placeholder) => {
    const stands = placeholder(variable)
    return `${name}=${kind === '_auth' ? pairText(pair.user, stands) : Buffer.from(stands).toString('base64')}`
  }
}

function unquoted(value: string): string {
  return /^"[^"\\]*"$|^'[^'\\]*'$/.test(value) ? value.slice(1, -1) : value
}
