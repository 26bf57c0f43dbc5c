import type { Revision } from '../foundation/revision.ts'
import { type HeldValue, HeldValues, longestHeldMs } from './held-values.ts'
import type { KeyRing } from './key-ring.ts'
import type { RevealedSecret, Vault } from './vault.ts'

interface Held extends HeldValue, RevealedSecret {
  readonly value: HeldValue['value']
  readonly sinceMs: number
}

/**
 * A vault whose values are held while they are used: to open one takes two decryptions and several reads. SECURITY: each is good
 * for one revision of the authority rows, and gone when the vault is locked.
 */
export class HeldSecrets implements Pick<Vault, 'reveal'> {
  readonly #vault: Pick<Vault, 'reveal'>
  readonly #revision: Revision
  readonly #held: HeldValues<Held>

  constructor(vault: Pick<Vault, 'reveal'>, revision: Revision, keyRing: Pick<KeyRing, 'onLock'>) {
    this.#vault = vault
    this.#revision = revision
    this.#held = new HeldValues(revision)
    keyRing.onLock(() => this.#held.drop('all'))
  }

  reveal(secretId: string): RevealedSecret {
    const epoch = this.#revision.current()
    const held = this.#held.use(secretId)
    if (held?.epoch === epoch && performance.now() - held.sinceMs < longestHeldMs) {
      return { version: held.version, value: held.value.copy() }
    }
    this.#held.wipe(secretId)
    const revealed = this.#vault.reveal(secretId)
    // What a source gave is held there, for as long as it is good; what is on trial may be another one at any moment.
    if (revealed.untilMs === undefined && revealed.trial === undefined) {
      const { value, version } = revealed
      this.#held.set(secretId, { epoch, version, value: value.copy(), sinceMs: performance.now() })
    }
    return revealed
  }
}
