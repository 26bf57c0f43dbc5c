import { type CredentialFile, nothingIn } from './credential-file.ts'
import { membersOf, objectIn, textOf } from './data-in-file.ts'
import { isPlainUser } from './fault-of-value.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile } from './host-in-file.ts'
import { pairIn, pairText } from './pair-text.ts'
import { registryScope } from './registry-scope.ts'

/** `config.json` of docker: a pair for each registry. Helpers that keep pairs elsewhere are not asked. */
export const dockerConfig: CredentialFile = {
  ...filePlaces.dockerConfig,
  read(text) {
    const config = objectIn(text)
    if (config === undefined) return nothingIn('it is not JSON in the form of docker')
    const found = new FoundLogins('docker')
    if (config['credsStore'] !== undefined || config['credHelpers'] !== undefined) {
      found.leaveOut('what a credential helper keeps', 'helpers are programs of this machine and are not asked')
    }
    const kept = Object.entries(membersOf(config['auths']) ?? {}).flatMap(([registry, settings]) => {
      const members = membersOf(settings) ?? {}
      const place = hostInFile(registry)
      const what = place.fault === undefined ? `the login for ${place.host}` : 'a login'
      const [auth, user, password] = ['auth', 'username', 'password'].map((name) => textOf(members[name]))
      const pair = auth === undefined ? { user: user ?? '', password: password ?? '' } : pairIn(auth)
      const fault =
        place.fault ??
        (members['identitytoken'] === undefined ? undefined : 'it is a token that docker renews by itself') ??
        (pair !== undefined && isPlainUser(pair.user) ? undefined : 'it has no user and password in docker’s form')
      // An empty entry says that a helper has the pair.
      if (Object.keys(members).length === 0) return []
      if (fault !== undefined || pair === undefined || place.fault !== undefined) {
        found.leaveOut(what, fault ?? 'it has no user and password in docker’s form')
        return []
      }
      const scopes = [registryScope(registry, place.host, pair.user)]
      const variable = found.take(what, pair.password, { scopes })
      return variable === undefined ? [] : [{ registry, user: pair.user, variable }]
    })
    const render = (placeholder: (variable: string) => string) => {
      const auths = kept.map(({ registry, user, variable }) => [
        registry,
        { auth: pairText(user, placeholder(variable)) },
      ])
      const content = `${JSON.stringify({ auths: Object.fromEntries(auths) }, null, 2)}\n`
      return kept.length === 0 ? [] : [{ path: dockerConfig.inside, content }]
    }
    return { ...found, render }
  },
}
