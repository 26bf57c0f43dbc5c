import { z } from 'zod'

/** Longest value of a secret, in characters. */
const maxValueLength = 65_536
const maxTtlSeconds = 30 * 24 * 60 * 60

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, `.`, `_` or `-`')
const variable = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable')
const value = z.string().min(1).max(maxValueLength)
const rotationDays = z.int().min(1).max(3650)

const pin = z.strictObject({
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65_535).exactOptional(),
})

const injectorText = z.string().max(1024)
const injectorOption = z.union([
  injectorText,
  z.array(injectorText).max(16),
  z.record(z.string().min(1).max(64), injectorText),
])

/** A scope's form. Whether its destination and injector make sense is the business of `prepareScopes`. */
const scope = z.strictObject({
  to: z.string().min(1).max(2048),
  // Each injector knows its own options, and refuses what it does not know.
  inject: z.object({ kind: z.string().min(1).max(64) }).catchall(injectorOption),
  attach: z.enum(['replace', 'always']).exactOptional(),
  foreign: z.enum(['refuse', 'replace', 'pass']).exactOptional(),
  pin: pin.exactOptional(),
  roots: z.string().max(262_144).exactOptional(),
  allowPrivate: z.boolean().exactOptional(),
})

const scopes = z.array(scope).min(1).max(64)

const networkRule = z.strictObject({
  to: z.string().min(1).max(2048),
  pin: pin.exactOptional(),
  allowPrivate: z.boolean().exactOptional(),
})

/** `POST /v1/secrets` */
export const secretCreate = z.strictObject({
  name,
  value,
  provider: z.string().min(1).max(64).exactOptional(),
  scopes: scopes.exactOptional(),
  rotationDays: rotationDays.exactOptional(),
  weak: z.boolean().exactOptional(),
})

/** `PATCH /v1/secrets/{name}`; `value` is the present value, which widening needs. */
export const secretUpdate = z.strictObject({ scopes, value: value.exactOptional() })

/** `POST /v1/secrets/{name}/rotate` */
export const secretRotate = z.strictObject({ value })

/** `POST /v1/sandboxes` */
export const sandboxCreate = z.strictObject({
  name: z.string().min(1).max(63).exactOptional(),
  profile: z.string().min(1).max(63).exactOptional(),
  secrets: z.record(variable, name).exactOptional(),
  credentials: z.record(variable, value).exactOptional(),
  network: z
    .strictObject({
      allow: z
        .array(z.union([z.string().min(1).max(2048), networkRule]))
        .max(1000)
        .exactOptional(),
      deny: z.array(z.string().min(1).max(2048)).max(1000).exactOptional(),
    })
    .exactOptional(),
  from: z.array(z.string().min(1).max(64)).max(64).exactOptional(),
  ttlSeconds: z.int().min(1).max(maxTtlSeconds).exactOptional(),
  labels: z.record(z.string().min(1).max(63), z.string().max(255)).exactOptional(),
  launch: z
    .strictObject({
      isolation: z.literal('process'),
      // SECURITY: nothing in a sandbox runs as root on the host.
      uid: z
        .int()
        .min(1)
        .max(2 ** 32 - 2)
        .exactOptional(),
      gid: z
        .int()
        .min(1)
        .max(2 ** 32 - 2)
        .exactOptional(),
    })
    .exactOptional(),
})

const journalHead = z.strictObject({
  journal: z.string().min(1).max(64),
  sequence: z.int().min(0),
  hash: z.hex().length(64),
})

const checkpoint = z.strictObject({
  at: z.iso.datetime(),
  heads: z.array(journalHead).max(10_000),
  publicKey: z.string().max(4096),
  signature: z.base64().max(4096),
})

/** `POST /v1/audit/verification` */
export const auditVerify = z.strictObject({ anchors: z.array(checkpoint).max(1000) })

/** Query of a list. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().min(1).max(512).exactOptional(),
})

/** Query of `/v1/requests`, `/v1/connections` and `/v1/audit`. */
export const activityQuery = listQuery.extend({
  sandbox: z.string().min(1).max(64).exactOptional(),
  secret: name.exactOptional(),
  host: z.string().min(1).max(253).exactOptional(),
  decision: z.enum(['allowed', 'refused', 'open']).exactOptional(),
  since: z.iso.datetime({ offset: true }).exactOptional(),
  status: z.coerce.number().int().min(100).max(599).exactOptional(),
  follow: z.enum(['true', 'false']).exactOptional(),
})

/** Names that the API itself gives to fields; only these are repeated in what it says about invalid input. */
export const fieldNames: ReadonlySet<string> = new Set([
  ...[
    secretCreate,
    secretUpdate,
    sandboxCreate,
    activityQuery,
    auditVerify,
    scope,
    pin,
    networkRule,
    checkpoint,
    journalHead,
  ].flatMap((schema) => Object.keys(schema.shape)),
  ...['kind', 'allow', 'deny', 'isolation', 'uid', 'gid'],
])
