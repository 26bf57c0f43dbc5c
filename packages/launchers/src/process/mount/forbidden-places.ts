import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { type FileIdentity, fileIdentity } from './file-identity.ts'
import { liesIn, selfAndAncestors } from './path-relation.ts'

/** Too broad to be a workspace; what lies in them may be mounted. */
const tooBroad = ['/', '/home', '/tmp', '/var']

/** Kernel interfaces, sockets, and credentials of the host itself. */
const neverMounted = ['/boot', '/dev', '/etc', '/proc', '/run', '/sys', '/var/run']

/** Places of the host that no mount may show: what the caller names, and the system's own. */
export class ForbiddenPlaces {
  readonly #paths: readonly string[]
  /** The places themselves. */
  readonly #places: ReadonlySet<FileIdentity>
  /** The places and the folders above them. */
  readonly #holders: ReadonlySet<FileIdentity>

  constructor(paths: readonly string[]) {
    this.#paths = paths.map(realPathOfFuture)
    this.#places = identities(this.#paths)
    this.#holders = identities(this.#paths.flatMap(selfAndAncestors))
  }

  /**
   * Checks a path that is real already.
   * @throws CoatcheckError `mount_forbidden` when it is a forbidden place, holds one, or lies in one
   */
  check(real: string): void {
    if (tooBroad.includes(real)) throw forbidden(real, 'it holds too much of the host')
    if (neverMounted.some((place) => liesIn(real, place))) throw forbidden(real, 'it belongs to the system')
    for (const place of this.#paths) {
      if (liesIn(place, real)) throw forbidden(real, 'it holds the vault, its key or a socket')
      if (liesIn(real, place)) throw forbidden(real, 'it lies beside the vault, its key or a socket')
    }
    // SECURITY: a bind mount gives a folder a second path, so the folders themselves are compared too.
    const identity = fileIdentity(real)
    if (identity === undefined || this.#holders.has(identity))
      throw forbidden(real, 'it holds the vault, its key or a socket')
    if (selfAndAncestors(real).some((folder) => this.isPlace(fileIdentity(folder)))) {
      throw forbidden(real, 'it lies beside the vault, its key or a socket')
    }
  }

  /** Whether a folder met inside a mount is a forbidden place under another path. */
  isPlace(identity: FileIdentity | undefined): boolean {
    return identity !== undefined && this.#places.has(identity)
  }
}

/** The refusal of a mount. */
export function forbidden(path: string, reason: string): CoatcheckError {
  return new CoatcheckError('mount_forbidden', { path, reason })
}

/** Real path of something that may not exist yet: links are followed as far as the path exists. */
function realPathOfFuture(path: string): string {
  const rest: string[] = []
  for (const folder of selfAndAncestors(resolve(path))) {
    try {
      return join(realpathSync(folder), ...rest)
    } catch {
      rest.unshift(basename(folder))
      if (dirname(folder) === folder) break
    }
  }
  return resolve(path)
}

function identities(paths: readonly string[]): Set<FileIdentity> {
  return new Set(paths.flatMap((path) => fileIdentity(path) ?? []))
}
