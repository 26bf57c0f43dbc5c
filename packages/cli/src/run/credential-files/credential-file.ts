import type { CredentialUse } from '@coatcheck/contract'
import type { HomeFile } from '@coatcheck/launchers'

/** Tools whose credential files are known, as `--files` names them. */
export const credentialTools = ['gh', 'npm', 'pip', 'docker', 'aws', 'kubectl', 'netrc', 'claude', 'codex'] as const

/** A tool with credential files. */
export type CredentialTool = (typeof credentialTools)[number]

/** Whose files they are. */
export interface FileOwner {
  /** Absolute path of the home. */
  readonly home: string
  /** The caller’s variables, some of which say where a tool has its files. */
  readonly user: Readonly<Record<string, string>>
}

/** A login in a credential file. */
export interface FileLogin {
  /** Name of its grant; nothing inside has a variable of this name. */
  readonly variable: string
  /** What the broker takes for it, by variable: one value, or the parts of a pair of keys. */
  readonly credentials: Readonly<Record<string, string>>
  readonly use: CredentialUse
}

/** What was found in one credential file. */
export interface FileLogins {
  readonly logins: readonly FileLogin[]
  /** A sentence for each thing that stays outside, without anything secret in it. */
  readonly leftOut: readonly string[]
  /** The files inside. `placeholder` gives what stands for the credential of that variable. */
  render(placeholder: (variable: string) => string): readonly HomeFile[]
}

/** Where a credential file of a tool is. */
export interface FilePlace {
  readonly tool: CredentialTool
  /** Path below the home inside, where the tool looks without being told. */
  readonly inside: string
  /** Where the tool of this owner looks, in its order; the first that is there counts. */
  places(owner: FileOwner): readonly string[]
}

/** A credential file of a tool: where it is, and how it is read and written. */
export interface CredentialFile extends FilePlace {
  /**
   * SECURITY: what `render` gives is made of members that are known, never of what is left of the text, so that nothing gets inside
   * because its form was not foreseen. `beside` reads another file of the tool.
   */
  read(text: string, owner: FileOwner, beside: (path: string) => string | undefined): FileLogins
}

/** A file of which nothing can be used, for one reason. */
export function nothingIn(reason: string): FileLogins {
  return { logins: [], leftOut: [reason], render: () => [] }
}
