import { createHash, createHmac } from 'node:crypto'

/** What AWS gives somebody to sign with. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** A request as it is signed; the path is written in its canonical form. */
export interface AwsRequest {
  readonly method: 'POST'
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Where and when a signature is good. */
export interface AwsPlace {
  readonly region: string
  readonly service: string
  readonly at: Date
}

/** The header fields that sign a request: AWS Signature Version 4, header form, with the hash of the body. */
export function signAwsRequest(
  { method, url, headers, body }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, at }: AwsPlace,
): Readonly<Record<string, string>> {
  const instant = at.toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
  const date = instant.slice(0, 8)
  const signed: Record<string, string> = {
    ...headers,
    host: url.host,
    'x-amz-date': instant,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(signed).sort()
  const fields = names.map((name) => `${name}:${signed[name]!.trim().replaceAll(/ +/g, ' ')}\n`).join('')
  const canonical = [method, url.pathname, '', fields, names.join(';'), sha256(body)].join('\n')
  const place = `${date}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', instant, place, sha256(canonical)].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const signature = hmac(key, toSign).toString('hex')
  const { host: _host, ...sent } = signed
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${place}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...sent, authorization }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
