/**
 * What is laid over one path of a workspace inside a sandbox.
 * - `pin`: the folder onto itself, so that it cannot be moved away together with what it protects
 * - `freeze`: the file or folder onto itself, read-only
 * - `cover`: other content in place of a file, read-only
 * - `veil`: an empty read-only folder in place of a folder
 * - `scratch`: an empty folder in place of a folder; what is written there is lost
 */
export type Protection =
  | { readonly kind: 'pin' | 'freeze' | 'veil' | 'scratch' }
  | { readonly kind: 'cover'; readonly content: string }

const strength: readonly Protection['kind'][] = ['pin', 'freeze', 'cover', 'scratch', 'veil']

/** The protections of one mount, by path relative to it. The stronger one wins where two meet. */
export class ProtectionMap {
  readonly #byPath = new Map<string, Protection>()

  add(relative: string, protection: Protection): void {
    const present = this.#byPath.get(relative)
    if (present !== undefined && strength.indexOf(present.kind) >= strength.indexOf(protection.kind)) return
    this.#byPath.set(relative, protection)
  }

  get size(): number {
    return this.#byPath.size
  }

  /** Outer paths first, as they must be mounted; what lies in a hidden folder needs nothing more. */
  ordered(): [string, Protection][] {
    const hidden = [...this.#byPath].filter(([, { kind }]) => kind === 'veil' || kind === 'scratch')
    return [...this.#byPath]
      .filter(([path]) => !hidden.some(([folder]) => path.startsWith(`${folder}/`)))
      .sort(([left], [right]) => depth(left) - depth(right))
  }
}

function depth(relative: string): number {
  return relative === '' ? 0 : relative.split('/').length
}
