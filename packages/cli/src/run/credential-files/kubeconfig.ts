import type { Scope } from '@coatcheck/contract'
import { stringify } from 'yaml'
import { type CredentialFile, nothingIn } from './credential-file.ts'
import { listOf, type Members, membersOf, objectIn, textOf } from './data-in-file.ts'
import { filePlaces } from './file-places.ts'
import { FoundLogins } from './found-logins.ts'
import { hostInFile } from './host-in-file.ts'

/** A context inside: who, and at which server. */
interface Context {
  readonly name: string
  readonly user: string
  readonly cluster: string
  readonly namespace: string | undefined
  readonly server: string
  readonly variable: string
}

/** `config` of kubectl: users with a token, and the servers that their contexts name. */
export const kubeconfig: CredentialFile = {
  ...filePlaces.kubeconfig,
  read(text) {
    const config = objectIn(text)
    if (config === undefined) return nothingIn('it is not YAML in the form of kubectl')
    const found = new FoundLogins('kubectl')
    const contexts = listOf(config['users']).flatMap((user) => contextsOf(user, config, found))
    const current = contexts.find(({ name }) => name === config['current-context'])?.name
    return { ...found, render: (placeholder) => filesOf(contexts, current, placeholder) }
  },
}

function contextsOf({ name, user }: Members, config: Members, found: FoundLogins): Context[] {
  const userName = textOf(name)
  if (userName === undefined) return []
  const what = `user ${userName}`
  const token = textOf(membersOf(user)?.['token'])
  if (token === undefined) {
    found.leaveOut(what, 'only users with a token are brokered, no client certificate, program, password or file')
    return []
  }
  const places = listOf(config['contexts']).flatMap((entry) => {
    const [context, settings] = [textOf(entry['name']), membersOf(entry['context'])]
    const cluster = textOf(settings?.['cluster'])
    if (context === undefined || cluster === undefined || settings?.['user'] !== userName) return []
    const place = clusterOf(cluster, config)
    if (place.fault !== undefined) {
      found.leaveOut(`context ${context}`, place.fault)
      return []
    }
    const { scope, server } = place
    return [{ name: context, user: userName, cluster, namespace: textOf(settings['namespace']), server, scope }]
  })
  const scopes = new Map(places.map(({ scope }) => [scope.to, scope]))
  const variable = places.length === 0 ? undefined : found.take(what, token, { scopes: [...scopes.values()] })
  return variable === undefined ? [] : places.map(({ scope: _, ...place }) => ({ ...place, variable }))
}

function clusterOf(
  name: string,
  config: Members,
): { readonly scope: Scope; readonly server: string; readonly fault?: never } | { readonly fault: string } {
  const cluster = membersOf(listOf(config['clusters']).find((one) => one['name'] === name)?.['cluster'])
  const place = hostInFile(textOf(cluster?.['server']) ?? '')
  if (cluster === undefined || place.fault !== undefined) return { fault: place.fault ?? 'it names no cluster' }
  const unusual = ['certificate-authority', 'insecure-skip-tls-verify', 'tls-server-name', 'proxy-url']
  const fault = unusual.find((member) => cluster[member] !== undefined && cluster[member] !== false)
  if (fault !== undefined) return { fault: `${fault} of its cluster is not brokered` }
  const authority = textOf(cluster['certificate-authority-data'])
  const roots = authority === undefined ? {} : { roots: Buffer.from(authority, 'base64').toString() }
  // kubectl verifies the sandbox’s own authority, which is in the bundle inside; the broker verifies the server.
  return { scope: { to: place.to, inject: { kind: 'bearer' }, ...roots }, server: `https://${place.to}` }
}

function filesOf(contexts: readonly Context[], current: string | undefined, placeholder: (variable: string) => string) {
  if (contexts.length === 0) return []
  const unique = (pairs: readonly (readonly [string, unknown])[], member: string) =>
    [...new Map(pairs)].map(([name, value]) => ({ name, [member]: value }))
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: unique(
      contexts.map(({ cluster, server }) => [cluster, { server }]),
      'cluster',
    ),
    users: unique(
      contexts.map(({ user, variable }) => [user, { token: placeholder(variable) }]),
      'user',
    ),
    contexts: contexts.map(({ name, cluster, user, namespace }) => ({
      name,
      context: { cluster, user, ...(namespace === undefined ? {} : { namespace }) },
    })),
    ...(current === undefined ? {} : { 'current-context': current }),
  }
  // kubectl writes which context is in use.
  return [{ path: kubeconfig.inside, content: stringify(config), writable: true }]
}
