import { z } from 'zod'
import { type AwsCredentials, signAwsRequest } from '../foundation/sign-aws-request.ts'
import { askService } from './ask-service.ts'
import { credential, openCredential, readCredential } from './credential.ts'
import { serviceUrl } from './service-url.ts'
import { sourceFailure } from './source.ts'
import type { SourceParts } from './source-kind.ts'

/** What every source in AWS is told. */
export const awsOptions = {
  region: z.string().regex(/^[a-z]{2,3}(?:-[a-z]+)+-\d{1,2}$/),
  /** Of the service, where it is not the region's own: a private endpoint. */
  url: serviceUrl.exactOptional(),
  /** Gives the JSON that AWS calls the form of `credential_process`. */
  credentials: credential,
} as const

/** `awsOptions`, read. */
export interface AwsOptions {
  readonly region: string
  readonly url?: URL
  readonly credentials: z.infer<typeof credential>
}

/** A question to one service of AWS, by the JSON 1.1 protocol. */
export interface AwsQuestion {
  /** `secretsmanager` or `ssm`; also the first label of the service's host. */
  readonly service: string
  /** `X-Amz-Target`. */
  readonly target: string
  readonly input: Readonly<Record<string, unknown>>
}

const written = z.looseObject({
  AccessKeyId: z.string().regex(/^[!-~]{1,256}$/),
  SecretAccessKey: z.string().min(1).max(1024),
  SessionToken: z
    .string()
    .regex(/^[!-~]{1,8192}$/)
    .exactOptional(),
})

/** Makes what asks AWS with the options of a source. */
export function askAws({ region, url, credentials }: AwsOptions, parts: SourceParts) {
  const keys = openCredential(credentials, parts)
  return async ({ service, target, input }: AwsQuestion, signal: AbortSignal) => {
    const place = url ?? new URL(`https://${service}.${region}.amazonaws.com/`)
    const body = JSON.stringify(input)
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
    const signer = readKeys(await readCredential(keys, signal))
    const request = { method: 'POST', url: place, headers, body } as const
    const signed = signAwsRequest(request, signer, { region, service, at: parts.clock.now() })
    return askService(parts.dial, { ...request, headers: signed }, signal)
  }
}

function readKeys(text: string): AwsCredentials {
  try {
    const { AccessKeyId, SecretAccessKey, SessionToken } = written.parse(JSON.parse(text))
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  } catch {
    // SECURITY: what a parser says quotes what it read.
    throw sourceFailure('the credentials for AWS are not JSON with `AccessKeyId` and `SecretAccessKey`')
  }
}
