import type { RevealedSecret } from '../../vault/vault.ts'
import { derivationFor } from '../derivation-for.ts'
import type { Ending } from '../ending.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import type { PipelineServices } from '../pipeline.ts'

/**
 * Fetches the values that will be attached. A promise only where one has to be made first; it rejects with the reason of the
 * exchange's ending.
 * @throws CoatcheckError `vault_locked` | `secret_not_found` | `token_unavailable` | `sign_in_needed` | `placeholder_undeclared_place`
 */
export function reveal(
  { attachments, ending, head }: Pick<Exchange, 'attachments' | 'ending' | 'head'>,
  { derived, ephemeral, vault }: Pick<PipelineServices, 'derived' | 'ephemeral' | 'vault'>,
): Promise<void> | undefined {
  let waits: Promise<void>[] | undefined
  for (const attachment of attachments) {
    const { grant } = attachment.grant
    const derivation = derivationFor(head, attachment)
    if (derivation === undefined) {
      attachment.secret = grant.ephemeral ? ephemeral.reveal(grant.secretId) : vault.reveal(grant.secretId)
      continue
    }
    const made = derived.obtain(attachment.grant, derivation)
    if (made instanceof Promise) {
      waits ??= []
      waits.push(untilMade(attachment, made, ending))
    } else attachment.secret = made
  }
  return waits && whenAll(waits)
}

/** Wipes the values of an exchange. */
export function forget(exchange: Exchange): void {
  for (const attachment of exchange.attachments) {
    attachment.secret?.value[Symbol.dispose]()
    delete attachment.secret
  }
}

/** SECURITY: each is waited for, so that none comes after the values were wiped. */
async function whenAll(waits: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(waits)) if (result.status === 'rejected') throw result.reason
}

function untilMade(attachment: Attachment, made: Promise<RevealedSecret>, ending: Ending): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const stop = (): void => {
      isOver = true
      reject(ending.reason)
    }
    made.then(
      (secret) => {
        ending.offEnd(stop)
        if (isOver) return secret.value[Symbol.dispose]()
        attachment.secret = secret
        resolve()
      },
      (error: unknown) => {
        ending.offEnd(stop)
        reject(error)
      },
    )
    ending.onEnd(stop)
  })
}
