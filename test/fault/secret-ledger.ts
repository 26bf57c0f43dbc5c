import { randomBytes } from 'node:crypto'
import type { Scope } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'

/** What a secret may be: one of these values, or, with null, absent. One entry once the broker has acknowledged it. */
type Possibilities = ReadonlySet<string | null>

/** Changes secrets, and keeps book of what the broker has promised. */
export class SecretLedger {
  readonly #scopes: readonly Scope[]
  readonly #secrets = new Map<string, Possibilities>()
  readonly #values = new Set<string>()
  /** Acknowledged changes: audit kinds and the name of the secret. */
  readonly acknowledged: string[] = []

  constructor(scopes: readonly Scope[]) {
    this.#scopes = scopes
  }

  /** Names of secrets, with what each may be. */
  get secrets(): ReadonlyMap<string, Possibilities> {
    return this.#secrets
  }

  /** Whether a value was ever that of a secret. */
  knows(value: string): boolean {
    return this.#values.has(value)
  }

  /** Creates a secret. Rejects when the broker does not acknowledge it. */
  async create(client: CoatcheckClient, name = `s-${this.#secrets.size}`): Promise<void> {
    const value = this.#newValue()
    await this.#change(name, value, () => client.secrets.create({ name, value, scopes: this.#scopes }))
    this.acknowledged.push(`secret.created ${name}`)
  }

  async rotate(client: CoatcheckClient, name: string): Promise<void> {
    const value = this.#newValue()
    await this.#change(name, value, () => client.secrets.rotate(name, value))
    this.acknowledged.push(`secret.rotated ${name}`)
  }

  async delete(client: CoatcheckClient, name: string): Promise<void> {
    await this.#change(name, null, () => client.secrets.delete(name))
    this.acknowledged.push(`secret.deleted ${name}`)
  }

  /** One more change, of a kind that `pick`, from 0 to 1, chooses. `main` is never deleted. */
  changeSomething(client: CoatcheckClient, main: string, pick: number): Promise<void> {
    const settled = [...this.#secrets].filter(
      ([name, { size }]) => name !== main && size === 1 && !this.#isAbsent(name),
    )
    const [name] = settled[Math.floor(pick * 1e6) % Math.max(1, settled.length)] ?? []
    if (pick < 0.3) return this.rotate(client, main)
    if (pick < 0.7 || name === undefined) return this.create(client)
    return pick < 0.9 ? this.rotate(client, name) : this.delete(client, name)
  }

  #isAbsent(name: string): boolean {
    return this.#secrets.get(name)?.has(null) === true
  }

  #newValue(): string {
    const value = `key-${randomBytes(24).toString('hex')}`
    this.#values.add(value)
    return value
  }

  async #change(name: string, to: string | null, act: () => Promise<unknown>): Promise<void> {
    const before = this.#secrets.get(name) ?? new Set([null])
    this.#secrets.set(name, new Set([...before, to]))
    await act()
    this.#secrets.set(name, new Set([to]))
  }
}
