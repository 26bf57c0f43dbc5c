import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import type { Secret } from '../../vault/secret.ts'
import type { SealedVersion, SecretStore, WrappedKey } from '../../vault/secret-store.ts'

interface Entry {
  readonly key: WrappedKey
  readonly versions: Map<number, SealedVersion>
  secret: Secret
  usedAt: string | null
}

/** Keeps secrets for the life of the process; for tests. */
export class MemorySecretStore implements SecretStore {
  readonly #entries = new Map<string, Entry>()

  create(secret: Secret, key: WrappedKey, version: SealedVersion): void {
    if (this.identify(secret.project, secret.name) !== undefined) {
      throw new CoatcheckError('secret_exists', { secret: secret.name })
    }
    const versions = new Map([[version.version, structuredClone(version)]])
    this.#entries.set(secret.id, { secret: structuredClone(secret), key: structuredClone(key), versions, usedAt: null })
  }

  update(before: Secret, after: Secret, version?: SealedVersion, obsolete: readonly number[] = []): void {
    const entry = this.#entries.get(before.id)
    if (entry === undefined) throw new CoatcheckError('secret_not_found', { secret: before.name })
    if (!isDeepStrictEqual(entry.secret, before)) throw new CoatcheckError('secret_changed', { secret: before.name })
    entry.secret = structuredClone(after)
    for (const number of obsolete) entry.versions.delete(number)
    if (version === undefined) return
    if (after.source !== undefined) entry.versions.delete(before.version)
    entry.versions.set(version.version, structuredClone(version))
  }

  erase(secretId: string): void {
    this.#entries.delete(secretId)
  }

  identify(project: string, name: string): string | undefined {
    return this.findByName(project, name)?.id
  }

  findByName(project: string, name: string): Secret | undefined {
    return this.#all().find((secret) => secret.project === project && secret.name === name)
  }

  findById(secretId: string): Secret | undefined {
    return structuredClone(this.#entries.get(secretId)?.secret)
  }

  list(project: string, limit: number, cursor: string | null): readonly Secret[] {
    return this.#all()
      .filter((secret) => secret.project === project && (cursor === null || compareBytes(secret.name, cursor) > 0))
      .sort((left, right) => compareBytes(left.name, right.name))
      .slice(0, limit)
  }

  readKey(secretId: string): WrappedKey | undefined {
    return structuredClone(this.#entries.get(secretId)?.key)
  }

  readVersion(secretId: string, version: number): SealedVersion | undefined {
    return structuredClone(this.#entries.get(secretId)?.versions.get(version))
  }

  touch(secretId: string, usedAt: string): void {
    const entry = this.#entries.get(secretId)
    if (entry !== undefined) entry.usedAt = usedAt
  }

  lastUsedAt(secretId: string): string | null {
    return this.#entries.get(secretId)?.usedAt ?? null
  }

  #all(): Secret[] {
    return [...this.#entries.values()].map(({ secret }) => structuredClone(secret))
  }
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
