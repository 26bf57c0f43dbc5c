import { existsSync } from 'node:fs'
import { combineBundle, systemRoots, withoutRoots } from '../trust/ca-bundle.ts'
import { authorityPath, bundlePath, javaStorePath, ownFolder } from '../trust/ca-variables.ts'
import { javaTrustStore } from '../trust/java-trust-store.ts'
import { mysqlSettings, mysqlSettingsName } from '../trust/mysql-settings.ts'

/** Home of the sandbox's user: empty, and gone with the sandbox. */
export const sandboxHome = '/home/agent'

/** User and group inside. */
export const sandboxUser = { name: 'agent', id: 1000 } as const

/** Name of the machine inside. */
export const sandboxHostname = 'sandbox'

/** A file that the sandbox has and the host has not. */
export interface SandboxFile {
  readonly path: string
  readonly content: string | Uint8Array
}

/** The configuration inside: who one is, where names are resolved, whom to trust. */
export function sandboxFiles(resolverAddress: string, authority: string): SandboxFile[] {
  const { name, id } = sandboxUser
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'
  const roots = systemRoots()
  const added = withoutRoots(authority, roots)
  const bundle = combineBundle(roots, added)
  return [
    { path: '/etc/resolv.conf', content: `nameserver ${resolverAddress}\noptions timeout:2 attempts:2\n` },
    { path: '/etc/hosts', content: `127.0.0.1 localhost ${sandboxHostname}\n` },
    { path: '/etc/hostname', content: `${sandboxHostname}\n` },
    {
      path: '/etc/nsswitch.conf',
      content: 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n',
    },
    {
      path: '/etc/passwd',
      content: `root:x:0:0::/:/usr/sbin/nologin\n${name}:x:${id}:${id}::${sandboxHome}:${shell}\n`,
    },
    { path: '/etc/group', content: `root:x:0:\n${name}:x:${id}:\n` },
    // A mount may belong to another user; inside, the sandbox is the fence, not the owner of a folder.
    { path: '/etc/gitconfig', content: '[safe]\n\tdirectory = *\n' },
    { path: bundlePath, content: bundle },
    { path: authorityPath, content: added },
    { path: `${ownFolder}/${mysqlSettingsName}`, content: mysqlSettings },
    ...(existsSync('/usr/lib/jvm') ? [{ path: javaStorePath, content: javaTrustStore(bundle) }] : []),
  ]
}
