import { CoatcheckError, type CreatedKey, type KeyView, type OwnKey } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import { newVirtualKeyText } from '../foundation/virtual-key-text.ts'
import type { AuthenticKey, KeyService, KeyWish } from '../sandbox/key-service.ts'

/** Virtual keys that are only rows, with their texts. */
export class FakeKeys implements KeyService {
  readonly #keys = new Map<string, { view: KeyView; readonly text: string }>()

  create(_project: string, { label, provider, secret, rules, caps, ttlSeconds, from }: KeyWish): Promise<CreatedKey> {
    const id = newIdentifier('key')
    const text = newVirtualKeyText(id, '')
    const view: KeyView = {
      ...{ id, label, rules, caps, status: 'active', grant: newIdentifier('grt'), from: from ?? [] },
      provider: provider ?? null,
      secret: secret ?? provider ?? null,
      createdAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + ttlSeconds * 1000).toISOString(),
      endedAt: null,
    }
    this.#keys.set(id, { view, text })
    return Promise.resolve({ ...view, key: text, env: { API_KEY: text } })
  }

  get(_project: string, id: string): KeyView {
    const found = this.#keys.get(id)
    if (found === undefined) throw new CoatcheckError('key_not_found')
    return found.view
  }

  list(_project: string, limit: number, cursor: string | null): readonly KeyView[] {
    const newest = [...this.#keys.values()].map(({ view }) => view).reverse()
    const from = cursor === null ? 0 : newest.findIndex(({ id }) => id === cursor) + 1
    return newest.slice(from, from + limit)
  }

  revoke(project: string, id: string): Promise<void> {
    const view: KeyView = { ...this.get(project, id), status: 'revoked', endedAt: new Date().toISOString() }
    this.#keys.get(id)!.view = view
    return Promise.resolve()
  }

  demandStillBounded(): void {}

  authenticate(text: string): AuthenticKey | undefined {
    const found = [...this.#keys.values()].find((each) => each.text === text && each.view.status === 'active')
    return found && { id: found.view.id, project: 'default' }
  }

  ownView(project: string, id: string): OwnKey {
    const { label, status, rules, caps, expiresAt } = this.get(project, id)
    return { id, label, status, rules, caps, expiresAt, to: [] }
  }
}
