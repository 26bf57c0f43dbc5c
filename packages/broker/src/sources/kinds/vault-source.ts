import { z } from 'zod'
import { askService } from '../ask-service.ts'
import { credential, openCredential, placesOfCredential, readCredential, variablesOfCredential } from '../credential.ts'
import { pickField } from '../pick-field.ts'
import { below, serviceUrl } from '../service-url.ts'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromText } from '../value-from-bytes.ts'

const segments = z
  .string()
  .regex(/^[^/]+(?:\/[^/]+)*$/)
  .max(1024)
/** What goes into a header. */
const namespace = z.string().regex(/^[!-~]{1,256}$/)

/** A field of a secret in HashiCorp Vault or OpenBao, in a key-value store of version 2. */
export const vaultSource = defineSourceKind({
  kind: 'vault',
  options: z.strictObject({
    url: serviceUrl,
    mount: segments.default('secret'),
    path: segments,
    field: z.string().min(1).max(256),
    namespace: namespace.exactOptional(),
    token: credential,
  }),
  variablesOf: ({ token }) => variablesOfCredential(token),
  placesOf: ({ token }) => placesOfCredential(token),
  open({ url, mount, path, field, namespace: space, token: written }, parts) {
    const token = openCredential(written, parts)
    const place = below(url, 'v1', ...mount.split('/'), 'data', ...path.split('/'))
    return {
      kind: 'vault',
      mayChange: true,
      async read(signal) {
        const headers = {
          'x-vault-token': await readCredential(token, signal),
          'x-vault-request': 'true',
          ...(space !== undefined && { 'x-vault-namespace': space }),
        }
        const answer = await askService(parts.dial, { method: 'GET', url: place, headers }, signal)
        const { data } = (answer['data'] ?? {}) as { readonly data?: unknown }
        if (data === undefined || data === null) throw sourceFailure('the service has no such value')
        return { value: valueFromText(pickField(data, field)) }
      },
    }
  },
})
