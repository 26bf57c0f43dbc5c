import { z } from 'zod'
import { askService } from '../ask-service.ts'
import { credential, openCredential, placesOfCredential, readCredential, variablesOfCredential } from '../credential.ts'
import { pickField, pickJsonField } from '../pick-field.ts'
import { below, serviceUrl } from '../service-url.ts'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromBytes, valueFromText } from '../value-from-bytes.ts'

const googleUrl = 'https://secretmanager.googleapis.com'
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** A version of a secret in Google Cloud Secret Manager, or one field of its JSON. */
export const gcpSecretSource = defineSourceKind({
  kind: 'gcp-secret',
  options: z.strictObject({
    url: serviceUrl.default(new URL(googleUrl)),
    project: z.string().regex(/^[a-z0-9:.-]{1,100}$/),
    secret: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
    version: z
      .string()
      .regex(/^(?:latest|[A-Za-z0-9_-]{1,64})$/)
      .default('latest'),
    field: z.string().min(1).max(256).exactOptional(),
    /** Gives an access token. */
    token: credential,
  }),
  variablesOf: ({ token }) => variablesOfCredential(token),
  placesOf: ({ token }) => placesOfCredential(token),
  open({ url, project, secret, version, field, token: written }, parts) {
    const token = openCredential(written, parts)
    const place = below(url, 'v1', 'projects', project, 'secrets', secret, 'versions', `${version}:access`)
    // The method of a resource stands behind a colon, which is no part of a name.
    place.pathname = place.pathname.replace(/%3Aaccess$/, ':access')
    return {
      kind: 'gcp-secret',
      mayChange: true,
      async read(signal) {
        const headers = { authorization: `Bearer ${await readCredential(token, signal)}` }
        const answer = await askService(parts.dial, { method: 'GET', url: place, headers }, signal)
        const data = pickField(answer['payload'], 'data')
        if (!base64.test(data)) throw sourceFailure('the answer of the service is not in base64')
        const bytes = Buffer.from(data, 'base64')
        if (field === undefined) return { value: valueFromBytes(bytes) }
        return { value: valueFromText(pickJsonField(bytes.toString(), field)) }
      },
    }
  },
})
