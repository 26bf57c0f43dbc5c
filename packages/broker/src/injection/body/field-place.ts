import { CoatcheckError } from '@coatcheck/contract'
import { percentEncode } from '../percent-encode.ts'
import type { RequestHead } from '../request-head.ts'
import { secretText } from '../secret-text.ts'
import type { BodyPlace } from './body-place.ts'
import { contentTypeOf, isUtf8 } from './content-type.ts'
import { findFormField } from './form-field.ts'
import { isEncoded } from './is-encoded.ts'
import { findMultipartField, isBoundary } from './multipart-field.ts'

/** A form of bodies that have fields; `boundary` where these are parts. */
interface Form {
  readonly boundary?: string
}

/** One field of a form, in either of the two ways in which clients send one. */
export function fieldPlace(name: string): BodyPlace {
  return {
    fits: (head) => formOf(head) !== undefined,
    find(head, body) {
      const form = formOf(head)
      if (form === undefined) return { reason: 'its Content-Type is that of no form' }
      if (isEncoded(head)) return { reason: 'it is compressed' }
      return form.boundary === undefined ? findFormField(body, name) : findMultipartField(body, form.boundary, name)
    },
    write(head, secret) {
      const text = secretText(secret, 'text')
      const { boundary } = formOf(head) ?? {}
      if (boundary === undefined) return Buffer.from(percentEncode(text), 'latin1')
      // SECURITY: at the beginning of a part, this is where the next one begins.
      if (text.includes(`--${boundary}`)) {
        throw new CoatcheckError('secret_unusable', { reason: 'the boundary of the body stands in it' })
      }
      return Buffer.from(text, 'latin1')
    },
  }
}

function formOf(head: RequestHead): Form | undefined {
  const type = contentTypeOf(head)
  if (type === undefined || !isUtf8(type)) return undefined
  if (type.type === 'application/x-www-form-urlencoded') return {}
  const boundary = type.parameters.get('boundary')
  return type.type === 'multipart/form-data' && isBoundary(boundary) ? { boundary } : undefined
}
