import { z } from 'zod'
import { caps } from './cap-schema.ts'
import { projectRules } from './rule-schema.ts'
import { profileDefinition, secretCreate } from './schemas.ts'

const maxSecrets = 1000
const maxProfiles = 200

const { name, sourceName, provider, scopes, rules, rotationDays, weak, caps: secretCaps } = secretCreate.shape

/** One secret of a configuration. SECURITY: SEC-06. It has no `value`, and names a source instead of describing one. */
const configSecret = z.strictObject({
  sourceName,
  provider,
  scopes,
  rules: rules.unwrap().nullable().exactOptional(),
  rotationDays,
  weak,
  caps: secretCaps,
})

const atMost = (most: number) => (entries: object) => Object.keys(entries).length <= most

/** `PUT /v1/config` */
export const configDefinition = z.strictObject({
  secrets: z
    .record(name, configSecret)
    .refine(atMost(maxSecrets), `secrets: there are more than ${maxSecrets}`)
    .exactOptional(),
  rules: projectRules.shape.rules.exactOptional(),
  caps: caps.exactOptional(),
  profiles: z
    .record(name, profileDefinition.omit({ name: true }))
    .refine(atMost(maxProfiles), `profiles: there are more than ${maxProfiles}`)
    .exactOptional(),
})

/** Query of `PUT /v1/config`; a bare `?dryRun` is one. */
export const configQuery = z.strictObject({ dryRun: z.enum(['', 'true', 'false']).exactOptional() })
