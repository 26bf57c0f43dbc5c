import type { CredentialUse } from '@coatcheck/contract'
import type { CredentialTool, FileLogin } from './credential-file.ts'
import { faultOfValue } from './fault-of-value.ts'

/** Collects the logins of one file, and what stays outside of it. */
export class FoundLogins {
  readonly logins: FileLogin[] = []
  readonly leftOut: string[] = []
  readonly #prefix: string
  readonly #known = new Map<string, string>()

  /** `file` tells apart several files of a tool. */
  constructor(tool: CredentialTool, file = '') {
    this.#prefix = `FILE_${tool}${file}`.toUpperCase()
  }

  /** Takes a login, and gives the variable of its grant; nothing, and the reason kept, when it is of no use. `what` fits before “stays outside”. */
  take(what: string, value: string, use: CredentialUse): string | undefined {
    const fault = faultOfValue(value)
    if (fault !== undefined) {
      this.leaveOut(what, fault)
      return undefined
    }
    // The same login twice is one grant.
    const key = JSON.stringify([value, use])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const variable = `${this.#prefix}_${this.logins.length + 1}`
    this.#known.set(key, variable)
    this.logins.push({ variable, credentials: { [variable]: value }, use })
    return variable
  }

  /** Keeps the reason why something is of no use. */
  leaveOut(what: string, reason: string): void {
    this.leftOut.push(`${what} stays outside: ${reason}`)
  }
}
