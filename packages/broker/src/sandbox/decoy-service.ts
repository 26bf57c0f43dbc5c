import type { KeyShape } from '@coatcheck/catalog'
import { CoatcheckError, type CreatedDecoy, type DecoyCreate, type DecoyView } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { type Decoy, decoyContext, isDecoy, type Placed } from './decoy.ts'
import type { DecoyStore } from './decoy-store.ts'
import { newPlaceholder } from './placeholder.ts'

/** Decoys of one project at most; all of them are in memory while traffic flows. */
const maxDecoys = 200

/** What decoys are made from. */
export interface DecoyServiceParts {
  readonly clock: Clock
  readonly keyRing: Pick<KeyRing, 'indexPlaceholder' | 'sealPlaceholder'>
  readonly providers: ProviderDirectory
  readonly store: DecoyStore
}

/** Makes decoys, and takes note of those that the broker meets. */
export class DecoyService {
  readonly #parts: DecoyServiceParts

  constructor(parts: DecoyServiceParts) {
    this.#parts = parts
  }

  /**
   * The reply holds the decoy's text, which is not shown again.
   * @throws CoatcheckError `provider_not_found` | `request_invalid` | `decoy_limit` | `vault_locked`
   */
  create(project: string, input: DecoyCreate): CreatedDecoy {
    const { clock, keyRing, store } = this.#parts
    if (store.list(project, maxDecoys, null).length >= maxDecoys) {
      throw new CoatcheckError('decoy_limit', { limit: maxDecoys })
    }
    const { shape, variable } = this.#looks(project, input)
    const placeholder = newPlaceholder(shape)
    const id = newIdentifier('dcy')
    const decoy: Decoy = {
      id,
      project,
      name: input.name,
      provider: input.provider ?? null,
      placeholderIndex: keyRing.indexPlaceholder(placeholder),
      placeholderSealed: keyRing.sealPlaceholder(placeholder, decoyContext({ id })),
      createdAt: clock.now().toISOString(),
    }
    store.create(decoy)
    return { ...this.#view(decoy), placeholder, variable }
  }

  /** @throws CoatcheckError `decoy_not_found` */
  get(project: string, decoyId: string): DecoyView {
    const decoy = this.#parts.store.find(decoyId)
    // SECURITY: a decoy of another project does not exist.
    if (decoy === undefined || decoy.project !== project) throw new CoatcheckError('decoy_not_found')
    return this.#view(decoy)
  }

  list(project: string, limit: number, cursor: string | null): readonly DecoyView[] {
    return this.#parts.store.list(project, limit, cursor).map((decoy) => this.#view(decoy))
  }

  /** From now on its text is like any other. @throws CoatcheckError `decoy_not_found` */
  delete(project: string, decoyId: string): DecoyView {
    const deleted = this.get(project, decoyId)
    this.#parts.store.remove(decoyId)
    return deleted
  }

  /** Takes note of what was found in a request of somebody, and gives it back. */
  notice(found: Placed | undefined): Placed | undefined {
    const { clock, store } = this.#parts
    if (found !== undefined && isDecoy(found)) store.touch(found.id, clock.now().toISOString())
    return found
  }

  #looks(
    project: string,
    { provider: id, keyPrefix }: DecoyCreate,
  ): { readonly shape: KeyShape | undefined; readonly variable: string | null } {
    if (id === undefined) {
      if (keyPrefix === undefined) return { shape: undefined, variable: null }
      throw new CoatcheckError('request_invalid', { field: 'keyPrefix', reason: 'it takes a provider' })
    }
    const provider = this.#parts.providers.find(project, id)
    if (provider === undefined) throw new CoatcheckError('provider_not_found')
    const { keyShapes, variables } = provider
    const shape = keyPrefix === undefined ? keyShapes[0] : keyShapes.find(({ prefix }) => prefix === keyPrefix)
    if (keyPrefix !== undefined && shape === undefined) {
      throw new CoatcheckError('request_invalid', { field: 'keyPrefix', reason: 'no key of this provider begins so' })
    }
    return { shape, variable: variables[0] ?? null }
  }

  #view({ id, name, provider, createdAt }: Decoy): DecoyView {
    return { id, name, provider, createdAt, lastSeenAt: this.#parts.store.lastSeenAt(id) }
  }
}
