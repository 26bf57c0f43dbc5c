import { createHmac, timingSafeEqual } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { mayHoldCredential } from '../credential-field.ts'
import { defineInjector } from '../define-injector.ts'
import type { RequestHead } from '../request-head.ts'
import { parseMessageTemplate } from '../signing/message-template.ts'
import { setField, soleField } from '../sole-field.ts'

const hashes = ['sha1', 'sha256', 'sha512']
const encodings = ['base64', 'hex']
/** How far the clock of a client may be off, in milliseconds. */
const maxSkewMs = 5 * 60_000

/**
 * A keyed hash over parts of the request, in a field of its own: the client makes it with the placeholder for a key, and the
 * broker makes it anew with the secret. Whose it is follows from the hash alone.
 */
export const hmac = defineInjector({
  kind: 'hmac',
  surfaces: ['header'],
  options: {
    header: {
      type: 'text',
      required: true,
      allowed: 'the name of a header field that neither frames nor routes the request',
      accepts: (text) => mayHoldCredential(text),
    },
    message: {
      type: 'text',
      required: true,
      allowed:
        'text with {{ method }}, {{ path }}, {{ query }}, {{ target }}, {{ host }}, {{ body }}, {{ header.NAME }}',
      accepts: (text) => text.length <= 1024 && parseMessageTemplate(text) !== undefined,
    },
    hash: { type: 'text', required: false, allowed: hashes.join(', '), accepts: (text) => hashes.includes(text) },
    encoding: {
      type: 'text',
      required: false,
      allowed: encodings.join(', '),
      accepts: (text) => encodings.includes(text),
    },
    prefix: {
      type: 'text',
      required: false,
      allowed: 'up to 64 visible ASCII characters, and spaces',
      accepts: (text) => /^[\x21-\x7e][\x20-\x7e]{0,63}$/.test(text),
    },
    time: {
      type: 'text',
      required: false,
      allowed: 'the name of a header field that the message has in it',
      accepts: (text) => mayHoldCredential(text),
    },
  },
  prepare({ header, message, hash = 'sha256', encoding = 'hex', prefix = '', time }) {
    const name = header.toLowerCase()
    const template = parseMessageTemplate(message)!
    if (template.fields.includes(name) || (time !== undefined && !template.fields.includes(time.toLowerCase()))) {
      const reason = 'the message has its own signature in it, or lacks the time'
      throw new CoatcheckError('scope_invalid', { injector: 'hmac', option: 'message', reason })
    }
    const signature = (head: RequestHead, key: Uint8Array, body: readonly Uint8Array[]): string | undefined => {
      const filled = template.fill(head, body)
      if (filled === undefined) return undefined
      const made = createHmac(hash, key)
      for (const piece of filled) made.update(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
      return prefix + made.digest(encoding === 'hex' ? 'hex' : 'base64')
    }
    return {
      places: { fields: [], parameters: [], path: null },
      carries: (head) => soleField(head, name) !== undefined,
      apply(head, _placeholder, secret, body = []) {
        const made = signature(head, secret, body)
        if (made === undefined) throw new CoatcheckError('signature_invalid')
        setField(head, header, made)
      },
      blank(head) {
        const field = soleField(head, name)
        if (field !== undefined) field.value = ''
      },
      attach: null,
      signing: {
        namesNobody: true,
        verify(head, placeholder, now, body) {
          if (template.needsBody && body === undefined) return 'needs-body'
          const expected = Buffer.from(signature(head, Buffer.from(placeholder), body ?? []) ?? '')
          const sent = Buffer.from(soleField(head, name)?.value.trim() ?? '')
          // SECURITY: whoever sends something here has to have the placeholder (SEC-12).
          if (expected.length === 0 || sent.length !== expected.length || !timingSafeEqual(sent, expected)) {
            return { code: 'signature_invalid', facts: { reason: 'it is made with no placeholder of this sandbox' } }
          }
          if (time === undefined || isPresent(soleField(head, time.toLowerCase())?.value ?? '', now)) return 'holds'
          return { code: 'signature_expired', facts: { reason: 'its time is more than five minutes off' } }
        },
      },
      check(secret) {
        if (secret.length === 0) throw new CoatcheckError('secret_unusable', { reason: 'empty' })
      },
    }
  },
})

/** Seconds or milliseconds since 1970, or a date. */
function isPresent(text: string, now: Date): boolean {
  const count = /^\d{9,13}(?:\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN
  const ms = Number.isNaN(count) ? Date.parse(text) : count < 1e11 ? count * 1000 : count
  return Math.abs(now.getTime() - ms) <= maxSkewMs
}
