import { type SignatureScope, signatureV4 } from '../../foundation/signature-v4.ts'
import { percentEncode } from '../percent-encode.ts'
import type { RequestHead } from '../request-head.ts'

/** What a signature is made over, beside the request. */
export interface SignatureTerms extends SignatureScope {
  /** Lower-case names of the fields that are signed, sorted. */
  readonly signedNames: readonly string[]
  /** What stands for the body: a hash, or words that say there is none. */
  readonly payload: string
}

/** The parameter that holds a signature, and is not signed. */
export const signatureParameter = 'X-Amz-Signature'

/** The signature of a request, in hexadecimal digits; undefined where a field that is signed is not there. */
export function signatureOf(head: RequestHead, terms: SignatureTerms, secretKey: string): string | undefined {
  const request = canonicalRequest(head, terms)
  return request === undefined ? undefined : signatureV4(request, terms, secretKey)
}

/** The text of a request that is signed; undefined where a field is missing. */
function canonicalRequest(
  { method, path, query, fields }: RequestHead,
  { service, signedNames, payload }: SignatureTerms,
): string | undefined {
  let lines = ''
  for (const name of signedNames) {
    const values = fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => plainValue(value))
    if (values.length === 0) return undefined
    lines += `${name}:${values.join(',')}\n`
  }
  return [method, canonicalPath(path, service), canonicalQuery(query), lines, signedNames.join(';'), payload].join('\n')
}

/** Whether a service takes paths as they are; the others sign them encoded once more. */
export function takesPathsLiterally(service: string): boolean {
  return service.startsWith('s3')
}

function canonicalPath(path: string, service: string): string {
  return takesPathsLiterally(service) ? encodeRest(path, /[A-Za-z0-9._~/-]/) : percentEncode(path, '/')
}

function canonicalQuery(query: string): string {
  return query
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return [encodeRest(name, /[A-Za-z0-9._~-]/), encodeRest(value, /[A-Za-z0-9._~-]/)] as const
    })
    .filter(([name]) => name !== signatureParameter)
    .sort(([name, value], [other, another]) => compare(name, other) || compare(value, another))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Encodes what is not encoded yet. */
function encodeRest(text: string, kept: RegExp): string {
  return text.replace(/%[0-9A-F]{2}|./gs, (part) => (part.length === 3 || kept.test(part) ? part : percentEncode(part)))
}

function plainValue(value: string): string {
  return value.trim().replace(/ +/g, ' ')
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
