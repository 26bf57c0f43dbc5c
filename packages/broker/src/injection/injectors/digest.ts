import { timingSafeEqual } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector } from '../define-injector.ts'
import type { RequestHead } from '../request-head.ts'
import {
  answerField,
  type DigestAnswer,
  digestResponse,
  formatDigestAnswer,
  hashedName,
  isDigestAnswer,
  readDigestAnswer,
  unsupportedKind,
} from '../signing/digest-answer.ts'
import { isTargetOf, targetOf } from '../signing/digest-target.ts'
import { digestTraces } from '../signing/digest-traces.ts'
import type { SignatureVerdict } from '../signing/signing.ts'
import { soleField } from '../sole-field.ts'

/**
 * `Authorization: Digest`, RFC 7616: the client answers the challenge of the service with the placeholder for a password, and the
 * broker answers it anew with the secret. Whose it is follows from the answer alone.
 */
export const digest = defineInjector({
  kind: 'digest',
  surfaces: ['header'],
  options: {
    username: {
      type: 'text',
      required: false,
      allowed: 'up to 256 visible ASCII characters, and spaces',
      accepts: (text) => /^[\x20-\x7e]{1,256}$/.test(text),
    },
  },
  prepare({ username }) {
    const userOf = (answer: DigestAnswer): string => (answer.isNameHashed ? username! : answer.username)
    return {
      places: { fields: [answerField], parameters: [], path: null },
      carries: isDigestAnswer,
      apply(head, _placeholder, secret) {
        const answer = readDigestAnswer(head)
        const uri = targetOf(head)
        const response =
          answer && digestResponse(answer, { username: userOf(answer), password: secret, method: head.method, uri })
        if (answer === undefined || response === undefined) throw new CoatcheckError('signature_invalid')
        soleField(head, answerField)!.value = formatDigestAnswer(answer, { response, uri })
      },
      blank(head) {
        const answer = readDigestAnswer(head)
        if (answer !== undefined) soleField(head, answerField)!.value = formatDigestAnswer(answer, { response: '' })
      },
      attach: null,
      signing: {
        namesNobody: true,
        verify: (head, placeholder) => judgeAnswer(head, placeholder, username),
        traces: (head, placeholder, secret) => {
          const answer = readDigestAnswer(head)
          return answer && digestTraces(answer, head, userOf(answer), Buffer.from(placeholder), secret)
        },
      },
      check(secret) {
        if (secret.length === 0) throw new CoatcheckError('secret_unusable', { reason: 'empty' })
      },
    }
  },
})

function judgeAnswer(head: RequestHead, placeholder: string, username: string | undefined): SignatureVerdict {
  const answer = readDigestAnswer(head)
  if (answer === undefined) return invalid('it is not well formed')
  const scheme = unsupportedKind(answer)
  if (scheme !== undefined)
    return { code: 'signature_unsupported', facts: { scheme: scheme.slice(0, 64), hint: kindHint } }
  if (answer.isNameHashed && username === undefined) {
    return { code: 'signature_unsupported', facts: { scheme: 'Digest with a hashed name', hint: nameHint } }
  }
  const user = answer.isNameHashed ? username! : answer.username
  const password = Buffer.from(placeholder)
  const expected = digestResponse(answer, { username: user, password, method: head.method, uri: answer.uri })
  // SECURITY: whoever sends an answer here has to have the placeholder (SEC-12).
  if (expected === undefined || !isEqual(expected, answer.response)) {
    return invalid('it is made with no placeholder of this sandbox')
  }
  // SECURITY: an answer is for one target, and whoever saw it has none for another.
  if (!isTargetOf(head, answer.uri)) return invalid('it is made for another target')
  const isUser =
    username === undefined || (answer.isNameHashed ? hashedName(answer, username) : username) === answer.username
  return isUser
    ? 'holds'
    : { code: 'signature_out_of_scope', facts: { reason: 'the user is not the one of the scope' } }
}

const kindHint = 'Use MD5, SHA-256 or SHA-512-256, each also with `-sess`, and qop `auth` or none.'
const nameHint = 'Give the scope a `username`, or send the name as it is.'

function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other.toLowerCase())]
  return left.length === right.length && timingSafeEqual(left, right)
}

function invalid(reason: string): SignatureVerdict {
  return { code: 'signature_invalid', facts: { reason } }
}
