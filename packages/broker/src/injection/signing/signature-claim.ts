import { queryParameters, spellingsOf } from '../query-parameters.ts'
import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'

/** What a client says about the signature on its request. */
export interface SignatureClaim {
  /** Where it stands: in `Authorization`, or in the parameters of a presigned URL. */
  readonly form: 'header' | 'query'
  readonly keyId: string
  /** Of the scope of the key, `YYYYMMDD`. */
  readonly date: string
  readonly region: string
  readonly service: string
  /** Lower case, in the client's order. */
  readonly signedNames: readonly string[]
  readonly signature: string
  /** When it was made, `YYYYMMDD'T'HHMMSS'Z'`. */
  readonly instant: string
  /** How long a presigned URL is good; null in a field. */
  readonly expiresSeconds: number | null
}

/** Parameters of a presigned URL, as they must be written. */
const parameters = {
  algorithm: 'X-Amz-Algorithm',
  credential: 'X-Amz-Credential',
  instant: 'X-Amz-Date',
  expires: 'X-Amz-Expires',
  signedNames: 'X-Amz-SignedHeaders',
  signature: 'X-Amz-Signature',
} as const

const credentialForm = /^(\w{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([A-Za-z0-9-]{1,64})\/aws4_request$/
const namesForm = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*$/
const signatureForm = /^[0-9a-f]{64}$/

/** The one way in which a request says who signed it: the algorithm, and the key identifier. Undefined without one, or with two. */
export function claimedKey(head: RequestHead): { readonly algorithm: string; readonly keyId: string } | undefined {
  const found = [keyInField(head), keyInQuery(head)].filter((key) => key !== undefined)
  return found.length === 1 ? found[0] : undefined
}

/** Reads all of what the client says; text says what is wrong with it. */
export function readClaim(head: RequestHead): SignatureClaim | string {
  return keyInField(head) === undefined ? readQuery(head) : readField(head)
}

/** Takes key identifier and signature off the request and leaves the rest where it is. */
export function blankClaim(head: RequestHead): void {
  const field = soleField(head, 'authorization')
  if (field !== undefined && keyInField(head) !== undefined) field.value = ''
  else head.query = replaceParameters(head.query, { [parameters.credential]: '', [parameters.signature]: '' })
}

/** The query with other values for parameters that stand in it; null takes one out. Values are written as they are. */
export function replaceParameters(query: string, values: Readonly<Record<string, string | null>>): string {
  const pairs = query
    .replace(/^\?/, '')
    .split('&')
    .flatMap((pair) => {
      const [name = ''] = pair.split('=', 1)
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) return [pair]
      return value === null ? [] : [`${name}=${value}`]
    })
  return `?${pairs.join('&')}`
}

function keyInField(head: RequestHead) {
  const value = soleField(head, 'authorization')?.value ?? ''
  const [, algorithm, keyId] =
    /^(AWS4-[A-Z0-9-]+)\s(?:.*[\s,])?Credential=(\w+)\//.exec(value) ?? /^(AWS) (\w+):/.exec(value) ?? []
  return algorithm === undefined || keyId === undefined ? undefined : { algorithm, keyId }
}

function keyInQuery({ query }: RequestHead) {
  const [named, ...others] = spellingsOf(query, 'xamzcredential')
  const [old] = spellingsOf(query, 'awsaccesskeyid')
  if (named === undefined) return old === undefined ? undefined : { algorithm: 'AWS', keyId: old.value }
  // SECURITY: with a second spelling of the name, services differ on which one counts.
  if (others.length > 0 || old !== undefined || named.name !== parameters.credential) return undefined
  const [keyId = ''] = named.value.split('/', 1)
  return { algorithm: soleParameter(query, parameters.algorithm) ?? '', keyId }
}

function readField(head: RequestHead): SignatureClaim | string {
  const text = soleField(head, 'authorization')!.value.replace(/^\S+\s+/, '')
  const parts = new Map<string, string>()
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, name = '', value = ''] = /^(Credential|SignedHeaders|Signature)=(\S+)$/.exec(part) ?? []
    if (name === '' || parts.has(name)) return 'the Authorization field has other parts than it should'
    parts.set(name, value)
  }
  return claimOf({
    form: 'header',
    credential: parts.get('Credential'),
    signedNames: parts.get('SignedHeaders'),
    signature: parts.get('Signature'),
    instant: soleField(head, 'x-amz-date')?.value,
    expires: null,
  })
}

function readQuery({ query }: RequestHead): SignatureClaim | string {
  const value = (name: string): string | undefined => soleParameter(query, name)
  const expires = value(parameters.expires)
  return claimOf({
    form: 'query',
    credential: value(parameters.credential),
    signedNames: value(parameters.signedNames),
    signature: value(parameters.signature),
    instant: value(parameters.instant),
    expires: expires !== undefined && /^\d{1,6}$/.test(expires) ? Number(expires) : undefined,
  })
}

function claimOf(written: {
  readonly form: SignatureClaim['form']
  readonly credential: string | undefined
  readonly signedNames: string | undefined
  readonly signature: string | undefined
  readonly instant: string | undefined
  readonly expires: number | null | undefined
}): SignatureClaim | string {
  const { form, instant, expires, signature = '', signedNames = '' } = written
  const [, keyId, date, region, service] = credentialForm.exec(written.credential ?? '') ?? []
  if (keyId === undefined || date === undefined || region === undefined || service === undefined) {
    return 'the scope of the key is not well formed'
  }
  if (instant === undefined || !/^\d{8}T\d{6}Z$/.test(instant)) return 'X-Amz-Date is missing or not well formed'
  if (!instant.startsWith(date)) return 'X-Amz-Date is of another day than the scope of the key'
  if (expires === undefined) return 'X-Amz-Expires is missing or not well formed'
  if (!namesForm.test(signedNames)) return 'the list of signed fields is not well formed'
  if (!signatureForm.test(signature)) return 'the signature is not well formed'
  const names = signedNames.split(';')
  return { form, keyId, date, region, service, signedNames: names, signature, instant, expiresSeconds: expires }
}

/** The value of a parameter that stands there once, in these letters and in no other spelling. */
function soleParameter(query: string, name: string): string | undefined {
  const canonical = name.toLowerCase().replaceAll('-', '')
  const [named, ...others] = spellingsOf(query, canonical)
  if (named === undefined || others.length > 0) return undefined
  return queryParameters(query).some((parameter) => parameter.name === name) ? named.value : undefined
}
