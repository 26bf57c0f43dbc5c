import { type ApprovalCallback, type ApprovalState, CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { RateLimiter } from '../foundation/rate-limiter.ts'
import { type ApprovalService, webhookActor } from './approval-service.ts'
import type { Webhook } from './webhook-channel.ts'
import { isSignature, signCallback } from './webhook-signature.ts'

/** What callbacks are judged with. */
export interface CallbacksParts {
  readonly clock: Clock
  readonly service: Pick<ApprovalService, 'decide' | 'show'>
  readonly webhooks: readonly Pick<Webhook, 'key' | 'name'>[]
  /** Every nonce that a callback of a webhook about an approval may have. */
  noncesFor(webhook: string, approvalId: string): readonly string[]
}

/** How far the time of a callback may be off, in seconds. */
const maxSkewSeconds = 300
/** Callbacks that are not signed as they should be, of everybody. */
const wrongLimit = { burst: 20, perSecond: 0.2 }

/** Takes decisions of webhooks. SECURITY: each is signed, of this moment, and bound to one approval, which it decides once. */
export class Callbacks {
  readonly #parts: CallbacksParts
  readonly #wrong: RateLimiter

  constructor(parts: CallbacksParts) {
    this.#parts = parts
    this.#wrong = new RateLimiter(parts.clock, wrongLimit)
  }

  /** @throws CoatcheckError `callback_invalid` | `rate_limited` | `approval_decided`, and as a decision does */
  async take(approvalId: string, callback: ApprovalCallback): Promise<{ readonly state: ApprovalState }> {
    const { service } = this.#parts
    if (!this.#isGenuine(approvalId, callback)) throw this.#refusal()
    const { state, approvers } = service.show(approvalId)
    const { by, decision, reason, webhook } = callback
    if (approvers.length > 0 && !approvers.includes(webhook)) throw this.#refusal()
    // SECURITY: what is sent again decides nothing, not even the same.
    if (state !== 'pending') throw new CoatcheckError('approval_decided', { state })
    const actor = `${webhookActor}${webhook}${by === undefined ? '' : ` (${by})`}`
    const decided = await service.decide(approvalId, { decision, ...(reason !== undefined && { reason }) }, actor)
    return { state: decided.state }
  }

  #isGenuine(
    approval: string,
    { webhook: name, time, nonce, decision, by = '', reason = '', signature }: ApprovalCallback,
  ) {
    const { clock, noncesFor, webhooks } = this.#parts
    const webhook = webhooks.find((each) => each.name === name)
    const skew = Math.abs(clock.now().getTime() / 1000 - time)
    if (webhook === undefined || skew > maxSkewSeconds) return false
    const expected = signCallback(webhook.key, { approval, webhook: name, time, nonce, decision, by, reason })
    if (!isSignature(signature, expected)) return false
    return noncesFor(name, approval).some((each) => isSignature(nonce, each))
  }

  #refusal(): CoatcheckError {
    const retryAfterSeconds = this.#wrong.take('')
    return retryAfterSeconds === undefined
      ? new CoatcheckError('callback_invalid')
      : new CoatcheckError('rate_limited', { retryAfterSeconds })
  }
}
