/**
 * The numbers of the live sessions of one grant, by which clients end each other's statements. A client knows the number of the
 * connection that the service greeted on; after a login anew on another one that is no more the service's own.
 */
export class SessionThreads {
  readonly #services = new Map<number, number>()

  /** @param told what the client knows @returns how it is taken back */
  add(told: number, own: number): () => void {
    this.#services.set(told, own).set(own, own)
    return () => {
      this.#services.delete(told)
      this.#services.delete(own)
    }
  }

  /** The service's own number; undefined for sessions that are none of this grant. */
  find(id: number): number | undefined {
    return this.#services.get(id)
  }
}
