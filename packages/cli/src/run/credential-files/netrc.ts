import { type CredentialFile, nothingIn } from './credential-file.ts'
import { faultOfValue, isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile, scopesAt } from './host-in-file.ts'

/** What stands as password where the user is the token. */
const noPassword: readonly (string | undefined)[] = ['x-oauth-basic', 'x', undefined]

interface Machine {
  /** Absent for the entry that stands for every other machine. */
  readonly host: string | undefined
  login?: string
  password?: string
}

/** `.netrc`: a login for each machine, for curl, git and whatever else reads it. Macros and accounts are dropped. */
export const netrc: CredentialFile = {
  ...filePlaces.netrc,
  read(text) {
    const machines = machinesIn(text)
    if (machines === undefined) return nothingIn('it does not have the form of a .netrc')
    const found = new FoundLogins('netrc')
    const kept = machines.flatMap((machine) => entryOf(machine, found) ?? [])
    const render = (placeholder: (variable: string) => string) => {
      const content = kept.map((entry) => `${entry(placeholder)}\n`).join('')
      return kept.length === 0 ? [] : [{ path: netrc.inside, content }]
    }
    return { ...found, render }
  },
}

function entryOf(
  { host, login = '', password }: Machine,
  found: FoundLogins,
): ((placeholder: (variable: string) => string) => string) | undefined {
  if (host === undefined) {
    found.leaveOut('the default login', 'it is for every host')
    return undefined
  }
  const place = hostInFile(host)
  if (place.fault !== undefined || place.to !== place.host) {
    found.leaveOut('the login of a machine', place.fault ?? 'its name is no host')
    return undefined
  }
  const what = `the login for ${place.host}`
  if (noPassword.includes(password) && faultOfValue(login) === undefined) {
    const variable = found.take(what, login, { scopes: scopesAt(place.host, [{ kind: 'basic', as: 'user' }]) })
    const rest = password === undefined ? '' : ` password ${password}`
    return variable === undefined
      ? undefined
      : (placeholder) => `machine ${place.host} login ${placeholder(variable)}${rest}`
  }
  if (!isPlainUser(login) || password === undefined) {
    found.leaveOut(what, 'its user cannot be told from a credential')
    return undefined
  }
  const scopes = scopesAt(place.host, [{ kind: 'basic', username: login }])
  const variable = found.take(what, password, { scopes })
  return variable === undefined
    ? undefined
    : (placeholder) => `machine ${place.host} login ${login} password ${placeholder(variable)}`
}

/** The machines of a file, in its order; nothing when a word stands where none may. */
function machinesIn(text: string): readonly Machine[] | undefined {
  const machines: Machine[] = []
  // A macro goes on until a line that is empty.
  const plain = text.replace(/^[ \t]*macdef\b[\s\S]*?(?:\n[ \t]*\r?\n|$(?![\s\S]))/gm, '').replace(/^[ \t]*#.*$/gm, '')
  const words = plain.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]
    if (word === 'default') {
      machines.push({ host: undefined })
      continue
    }
    index += 1
    const value = words[index]?.replace(/^"([\s\S]*)"$/, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1'))
    const machine = machines.at(-1)
    if (value === undefined) return undefined
    if (word === 'machine') machines.push({ host: value })
    else if (machine === undefined) return undefined
    else if (word === 'login') machine.login = value
    else if (word === 'password') machine.password = value
    else if (word !== 'account') return undefined
  }
  return machines
}
