import { createHash, createHmac } from 'node:crypto'

/** What a Signature Version 4 of AWS is good for, and from when on. */
export interface SignatureScope {
  /** `YYYYMMDD'T'HHMMSS'Z'`. */
  readonly instant: string
  readonly region: string
  readonly service: string
}

/** The one algorithm of Signature Version 4 that has a shared key. */
export const algorithm = 'AWS4-HMAC-SHA256'

/** The scope as it stands in a credential, behind the id of the key. */
export function credentialScope(scope: SignatureScope): string {
  return steps(scope).join('/')
}

/** The signature over a canonical request, in hexadecimal digits. @param request its octets as a latin1 string */
export function signatureV4(request: string, scope: SignatureScope, secretKey: string): string {
  const text = [algorithm, scope.instant, credentialScope(scope), sha256(Buffer.from(request, 'latin1'))].join('\n')
  const key = steps(scope).reduce<string | Buffer>(hmac, `AWS4${secretKey}`)
  return hmac(key, text).toString('hex')
}

/** SHA-256 over all of it, in hexadecimal digits. */
export function sha256(...pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

function steps({ instant, region, service }: SignatureScope): readonly string[] {
  return [instant.slice(0, 8), region, service, 'aws4_request']
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(Buffer.from(text, 'latin1')).digest()
}
