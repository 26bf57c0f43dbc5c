import { CoatcheckError } from '@coatcheck/contract'
import type { ZodError, ZodType } from 'zod'
import { fieldNames } from './schemas.ts'

const maxReported = 5

/** Untrusted input as its schema describes it. @throws CoatcheckError `request_invalid` | `source_forbidden` */
export function parseInput<Output>(schema: ZodType<Output>, input: unknown): Output {
  refuseSources(input)
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new CoatcheckError('request_invalid', { reason: describe(result.error) })
}

/**
 * SECURITY: SEC-06. A value is text in the request itself. One that says where the broker should fetch it would let a
 * caller read the host's files or run its programs.
 */
function refuseSources(input: unknown): void {
  if (typeof input !== 'object' || input === null) return
  const { source, value, credentials, secrets } = input as Record<string, unknown>
  const described = [value, ...(isObject(credentials) ? Object.values(credentials) : [])].some(isObject)
  if (source !== undefined || described) throw new CoatcheckError('source_forbidden')
  if (isObject(secrets)) for (const each of Object.values(secrets)) refuseSources(each)
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null
}

/** SECURITY: says what is wrong in our own words and field names only; nothing that the client wrote is repeated. */
function describe(error: ZodError): string {
  return error.issues
    .slice(0, maxReported)
    .map((issue) => {
      const place = issue.path.map((step) => (isKnown(step) ? String(step) : '*')).join('.')
      const reason = reasonOf(issue)
      return place === '' ? reason : `${place}: ${reason}`
    })
    .join('; ')
}

/** What a schema says itself, or else what its kind of failure means. */
function reasonOf(issue: ZodError['issues'][number]): string {
  if (issue.code === 'unrecognized_keys') return 'there are fields that do not exist'
  if (!/^(Too small|Too big|Invalid input): /.test(issue.message)) return issue.message
  const isText = 'origin' in issue && issue.origin === 'string'
  if (issue.code === 'too_small') {
    if (isText && issue.minimum === 1) return 'must not be empty'
    return `must ${isText ? 'have' : 'be'} at least ${issue.minimum}${isText ? ' characters' : ''}`
  }
  if (issue.code === 'too_big')
    return `must ${isText ? 'have' : 'be'} at most ${issue.maximum}${isText ? ' characters' : ''}`
  return issue.message.endsWith('received undefined') ? 'is missing' : issue.message
}

function isKnown(step: PropertyKey): boolean {
  return typeof step === 'number' || (typeof step === 'string' && fieldNames.has(step))
}
