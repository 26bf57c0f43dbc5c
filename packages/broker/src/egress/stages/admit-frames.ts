import type { Clock } from '../../foundation/clock.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { readHandshake } from '../websocket/handshake.ts'
import type { FrameSwap } from '../websocket/swapping-guard.ts'

/**
 * Decides what the frames behind a WebSocket handshake may have in them: secrets of scopes that say so are attached to the
 * exchange for as long as it lasts, whether or not one is used.
 */
export function admitFrames(exchange: Exchange, clock: Clock): undefined {
  const { arrival, attachments, head, routes } = exchange
  const handshake = isUpgrade(exchange) ? readHandshake(head.method, head.fields) : undefined
  if (handshake === undefined) return
  const framed: Attachment[] = []
  for (const grant of routes.grants) {
    const { expiresAt } = grant.grant
    if (expiresAt !== null && clock.now() >= new Date(expiresAt)) continue
    const scope = grant.scopes.find(
      ({ injection, pattern }) => injection.frameText !== undefined && pattern.matches(arrival.destination, head.path),
    )
    if (scope !== undefined) framed.push({ grant, scope, attach: 'replace', inFrames: true })
  }
  exchange.attachments = [...attachments, ...framed]
  exchange.upgrade = { handshake, placeholders: routes.placeholders, swaps: framed.map(swapOf) }
}

/** Whether a request asks to change over to another protocol. */
export function isUpgrade({ head }: Pick<Exchange, 'head'>): boolean {
  return head.fields.some(({ name }) => name.toLowerCase() === 'upgrade')
}

function swapOf(attachment: Attachment): FrameSwap {
  const { grant, scope } = attachment
  return {
    placeholder: grant.placeholder,
    text() {
      if (attachment.secret === undefined) throw new TypeError('frames before reveal')
      return attachment.secret.value.use((bytes) => scope.injection.frameText!(bytes))
    },
  }
}
