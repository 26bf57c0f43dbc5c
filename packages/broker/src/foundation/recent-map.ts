/** A map with room for so many entries: the one that was set longest ago gives way. What is used is set again. */
export class RecentMap<Key, Value> extends Map<Key, Value> {
  readonly #room: number

  constructor(room: number) {
    super()
    this.#room = room
  }

  override set(key: Key, value: Value): this {
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#room) this.delete(this.keys().next().value!)
    return this
  }
}
