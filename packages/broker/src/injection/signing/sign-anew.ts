import { CoatcheckError } from '@coatcheck/contract'
import { algorithm, sha256 } from '../../foundation/signature-v4.ts'
import { percentEncode } from '../percent-encode.ts'
import type { RequestHead } from '../request-head.ts'
import { setField, soleField } from '../sole-field.ts'
import { signatureOf, signatureParameter } from './canonical-request.ts'
import { bodyHash, payloadOf } from './judge-signature.ts'
import { readClaim, replaceParameters, type SignatureClaim } from './signature-claim.ts'
import type { SigningKeys } from './signing-keys.ts'

const tokenField = 'X-Amz-Security-Token'

/**
 * Signs a request with other keys, for the time, region, service and body that its client signed it for. Of the fields that the
 * client signed, those are signed that still stand there: the head must be the one that leaves.
 * @param body as it leaves, where it is here as a whole
 * @throws CoatcheckError `signature_invalid` when there is nothing to go by
 */
export function signAnew(head: RequestHead, keys: SigningKeys, body: readonly Uint8Array[] | undefined): void {
  const claim = readClaim(head)
  if (body !== undefined) restateHash(head, body)
  const payload = typeof claim === 'string' ? undefined : payloadOf(head, claim, body)
  if (typeof claim === 'string' || payload === undefined) throw new CoatcheckError('signature_invalid')
  if (claim.form === 'header') signInField(head, claim, keys, payload)
  else signInQuery(head, claim, keys, payload)
}

/** Where the client said the hash of the body that it sent, that of the body that leaves takes its place. */
function restateHash(head: RequestHead, body: readonly Uint8Array[]): void {
  const field = soleField(head, 'x-amz-content-sha256')
  if (field !== undefined && bodyHash.test(field.value.trim())) field.value = sha256(...body)
  head.query = head.query.replace(/(?<=[?&]X-Amz-Content-Sha256=)[0-9a-f]{64}(?=&|$)/, () => sha256(...body))
}

function signInField(head: RequestHead, claim: SignatureClaim, keys: SigningKeys, payload: string): void {
  if (keys.sessionToken !== null) setField(head, tokenField, keys.sessionToken)
  const signedNames = namesToSign(head, claim)
  const signature = signatureOf(head, { ...claim, signedNames, payload }, keys.secretAccessKey)
  const credential = `Credential=${keys.accessKeyId}/${scopeOf(claim)}`
  const value = `${algorithm} ${credential}, SignedHeaders=${signedNames.join(';')}, Signature=${signature}`
  setField(head, 'Authorization', value)
}

function signInQuery(head: RequestHead, claim: SignatureClaim, keys: SigningKeys, payload: string): void {
  const signedNames = namesToSign(head, claim)
  head.query = replaceParameters(head.query, {
    'X-Amz-Credential': percentEncode(`${keys.accessKeyId}/${scopeOf(claim)}`),
    'X-Amz-SignedHeaders': percentEncode(signedNames.join(';')),
    [tokenField]: null,
  })
  if (keys.sessionToken !== null) head.query += `&${tokenField}=${percentEncode(keys.sessionToken)}`
  const signature = signatureOf(head, { ...claim, signedNames, payload }, keys.secretAccessKey)
  head.query = replaceParameters(head.query, { [signatureParameter]: signature ?? null })
}

/** What the client signed and what services want signed, as far as it is there. */
function namesToSign({ fields }: RequestHead, { signedNames }: SignatureClaim): string[] {
  const present = new Set(fields.map(({ name }) => name.toLowerCase()))
  const wanted = [...present].filter((name) => name.startsWith('x-amz-') || name === 'host')
  return [...new Set([...signedNames.filter((name) => present.has(name)), ...wanted])].sort()
}

function scopeOf({ date, region, service }: SignatureClaim): string {
  return `${date}/${region}/${service}/aws4_request`
}
