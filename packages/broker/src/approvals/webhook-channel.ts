import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApprovalView } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { ApproverChannel } from './approver-channels.ts'
import { type NotificationFacts, plainNotification, slackNotification } from './notification.ts'
import { type DialOperator, postNotification } from './post-notification.ts'
import { signNotification } from './webhook-signature.ts'

/** A webhook, as the operator described it. */
export interface Webhook {
  /** As rules name it. */
  readonly name: string
  /** SECURITY: may hold a credential; it is neither logged nor shown. */
  readonly url: URL
  readonly key: KeyObject
  readonly form: 'json' | 'slack'
  /** How the management API is called from where callbacks come. */
  readonly callbackUrl?: string
  readonly dial: DialOperator
}

/** What a channel needs beside its webhook. */
export interface WebhookChannelParts {
  readonly clock: Clock
  /** What a callback about an approval has to know. */
  nonceFor(webhook: string, approvalId: string): string
  /** The usual where it is absent. */
  readonly patience?: WebhookPatience
}

/** How long a webhook is waited for, in milliseconds. */
export interface WebhookPatience {
  /** Between the two attempts. */
  readonly pauseMs: number
  /** For the answer to one of them. */
  readonly timeoutMs: number
}

const attempts = 2
const usualPatience: WebhookPatience = { pauseMs: 1_000, timeoutMs: 10_000 }

/** Tells a service of the operator’s of each question, signed with the key that both have. */
export class WebhookChannel implements ApproverChannel {
  readonly #webhook: Webhook
  readonly #parts: WebhookChannelParts
  readonly #patience: WebhookPatience

  constructor(webhook: Webhook, parts: WebhookChannelParts) {
    this.#webhook = webhook
    this.#parts = parts
    this.#patience = parts.patience ?? usualPatience
  }

  get name(): string {
    return this.#webhook.name
  }

  async notify(approval: ApprovalView): Promise<void> {
    const body = this.#render(approval)
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(body)
      } catch (error) {
        if (attempt >= attempts) throw error
      }
      await sleep(this.#patience.pauseMs, undefined, { ref: false })
    }
  }

  #render(approval: ApprovalView): string {
    const { name: webhook, callbackUrl, form } = this.#webhook
    const facts: NotificationFacts = {
      webhook,
      nonce: this.#parts.nonceFor(webhook, approval.id),
      ...(callbackUrl !== undefined && { callbackUrl: `${callbackUrl}/v1/approvals/${approval.id}/callback` }),
    }
    return form === 'slack' ? slackNotification(approval, facts) : plainNotification(approval, facts)
  }

  #post(body: string): Promise<void> {
    const { dial, key, url } = this.#webhook
    const time = Math.floor(this.#parts.clock.now().getTime() / 1000)
    const headers = {
      'coatcheck-timestamp': String(time),
      'coatcheck-signature': `v1=${signNotification(key, time, body)}`,
    }
    return postNotification(dial, url, { headers, body }, AbortSignal.timeout(this.#patience.timeoutMs))
  }
}
