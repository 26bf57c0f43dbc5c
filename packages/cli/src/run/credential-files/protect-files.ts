import { realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { CoatcheckError, type SandboxCreate } from '@coatcheck/contract'
import type { HomeFile } from '@coatcheck/launchers'
import { readStart } from '../tools/read-start.ts'
import type { CredentialFile, CredentialTool, FileLogins, FileOwner } from './credential-file.ts'
import { placeOf } from './file-places.ts'
import { credentialFiles } from './registry.ts'

/** Largest credential file that is read, in bytes. */
const maxBytes = 1_048_576

/** What becomes of the credential files of a run. */
export interface ProtectedFiles {
  /** What the sandbox is asked to protect. */
  readonly wishes: Required<Pick<SandboxCreate, 'credentials' | 'credentialUses'>>
  /** Sentences about what stays outside. */
  readonly leftOut: readonly string[]
  /** The file that each grant is for, by the variable of the grant. */
  readonly names: Readonly<Record<string, string>>
  /** The broker’s variables without those that are for files: nothing inside reads them. */
  others(placeholders: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  /** The files inside, once the placeholders are there. */
  render(placeholders: Readonly<Record<string, string>>): readonly HomeFile[]
}

/** Reads the credential files of tools. `shown` are folders of this machine that the sandbox sees. */
export function protectFiles(
  tools: readonly CredentialTool[],
  owner: FileOwner,
  shown: readonly string[],
): ProtectedFiles {
  const read: { readonly file: CredentialFile; readonly logins: FileLogins }[] = []
  const leftOut: string[] = []
  for (const tool of tools) {
    const files = credentialFiles.filter((file) => file.tool === tool)
    const present = files.filter((file) => placeOf(file, owner) !== undefined)
    if (present.length === 0)
      leftOut.push(`${tool}: there is no ${files.map(({ inside }) => `~/${inside}`).join(' or ')}`)
    for (const file of present) {
      const { logins, fault } = readFile(file, owner, shown)
      if (logins !== undefined) read.push({ file, logins })
      leftOut.push(...[...(logins?.leftOut ?? []), ...(fault ?? [])].map((reason) => `~/${file.inside}: ${reason}`))
    }
  }
  const all = read.flatMap(({ file, logins }) => logins.logins.map((login) => ({ file, login })))
  const credentials: Record<string, string> = Object.assign({}, ...all.map(({ login }) => login.credentials))
  return {
    wishes: {
      credentials,
      credentialUses: Object.fromEntries(all.map(({ login }) => [login.variable, login.use])),
    },
    leftOut,
    names: Object.fromEntries(all.map(({ file, login }) => [login.variable, `~/${file.inside}`])),
    others: (placeholders) =>
      Object.fromEntries(Object.entries(placeholders).filter(([name]) => !Object.hasOwn(credentials, name))),
    render: (placeholders) => read.flatMap(({ logins }) => logins.render((variable) => demand(placeholders, variable))),
  }
}

function readFile(
  file: CredentialFile,
  owner: FileOwner,
  shown: readonly string[],
): { readonly logins?: FileLogins; readonly fault?: readonly string[] } {
  const path = placeOf(file, owner) ?? ''
  // SECURITY: SEC-06. What a sandbox may have written does not say where the next one may go.
  if (shown.some((folder) => liesIn(path, folder))) return { fault: ['it lies in a folder that the sandbox sees'] }
  const text = textIn(path)
  if (text === undefined) return { fault: ['it cannot be read'] }
  const beside = (other: string) => (shown.some((folder) => liesIn(other, folder)) ? undefined : textIn(other))
  return { logins: file.read(text, owner, beside) }
}

function textIn(path: string): string | undefined {
  const bytes = Buffer.from(readStart(path, maxBytes + 1), 'latin1')
  return bytes.length === 0 || bytes.length > maxBytes ? undefined : bytes.toString('utf8')
}

function liesIn(path: string, folder: string): boolean {
  try {
    const way = relative(realpathSync(folder), realpathSync(path))
    return way !== '..' && !way.startsWith('../')
  } catch {
    return true
  }
}

/** @throws CoatcheckError `launch_impossible`: a file without its placeholder would be another login */
function demand(placeholders: Readonly<Record<string, string>>, variable: string): string {
  const placeholder = placeholders[variable]
  if (placeholder !== undefined) return placeholder
  throw new CoatcheckError('launch_impossible', { reason: 'the broker gave no placeholder for a credential file' })
}
