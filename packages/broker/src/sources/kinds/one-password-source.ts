import { z } from 'zod'
import { askService } from '../ask-service.ts'
import { credential, openCredential, placesOfCredential, readCredential, variablesOfCredential } from '../credential.ts'
import { pickField } from '../pick-field.ts'
import { below, serviceUrl } from '../service-url.ts'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromText } from '../value-from-bytes.ts'

/** Ids of 1Password. */
const id = z.string().regex(/^[a-z0-9]{26}$/)

/** A field of an item behind a 1Password Connect server. */
export const onePasswordSource = defineSourceKind({
  kind: '1password-connect',
  options: z.strictObject({
    url: serviceUrl,
    vault: id,
    item: id,
    /** Id or label of the field. */
    field: z.string().min(1).max(256).default('credential'),
    token: credential,
  }),
  variablesOf: ({ token }) => variablesOfCredential(token),
  placesOf: ({ token }) => placesOfCredential(token),
  open({ url, vault, item, field, token: written }, parts) {
    const token = openCredential(written, parts)
    const place = below(url, 'v1', 'vaults', vault, 'items', item)
    return {
      kind: '1password-connect',
      mayChange: true,
      async read(signal) {
        const headers = { authorization: `Bearer ${await readCredential(token, signal)}` }
        const answer = await askService(parts.dial, { method: 'GET', url: place, headers }, signal)
        const all = Array.isArray(answer['fields']) ? (answer['fields'] as readonly unknown[]) : []
        const found = all.filter((each) => isField(each, 'id', field))
        const named = found.length > 0 ? found : all.filter((each) => isField(each, 'label', field))
        // SECURITY: two fields of one name are two secrets, and nobody said which.
        if (named.length > 1) throw sourceFailure(`there is more than one field ${field}; name it by its id`)
        if (named.length === 0) throw sourceFailure(`there is no field ${field}`)
        return { value: valueFromText(pickField(named[0], 'value')) }
      },
    }
  },
})

function isField(field: unknown, by: 'id' | 'label', wanted: string): boolean {
  return typeof field === 'object' && field !== null && (field as Record<string, unknown>)[by] === wanted
}
