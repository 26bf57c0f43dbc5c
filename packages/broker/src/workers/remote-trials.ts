import { CoatcheckError } from '@coatcheck/contract'
import type { Trials } from '../egress/trials.ts'
import type { Grant } from '../sandbox/grant.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { TrialVerdict } from '../vault/staged-rotation.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { MainPost } from './main-post.ts'

/** Values on trial, as the main thread knows them. What stands in for a new value is asked for each time, and never held. */
export class RemoteTrials implements Trials {
  readonly #post: MainPost

  constructor(post: MainPost) {
    this.#post = post
  }

  async previousOf({ id: grantId, sandboxId }: Grant): Promise<RevealedSecret> {
    const { value, ...answer } = await this.#post.ask('previousValue', { sandboxId, grantId })
    return { ...answer, value: new SecretValue(value) }
  }

  async judged({ id: grantId, sandboxId }: Grant, version: number, verdict: TrialVerdict): Promise<void> {
    await this.#post.ask('judged', { sandboxId, grantId, version, verdict }).catch((error: unknown) => {
      // The exchange that told of it is not worse for a grant that has ended: both values stay.
      if (error instanceof CoatcheckError && error.code === 'audit_unavailable') throw error
    })
  }
}
