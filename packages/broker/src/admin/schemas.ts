import { connectTargets, dangerClasses } from '@coatcheck/contract'
import { z } from 'zod'
import { roles } from '../access/role.ts'
import { maxStagedSeconds } from '../vault/staged-rotation.ts'
import { capFields, caps, capsUpdate } from './cap-schema.ts'
import { keyFields } from './key-schema.ts'
import { caseRequest, ruleCase, ruleReplay } from './rule-case-schema.ts'
import { bodyCondition, rule, ruleList } from './rule-schema.ts'

/** Longest value of a secret, in characters. */
const maxValueLength = 65_536
const maxTtlSeconds = 30 * 24 * 60 * 60
const maxTokenTtlSeconds = 365 * 24 * 60 * 60

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, `.`, `_` or `-`')
/** Name of an environment variable. */
export const variable = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable')
const value = z.string().min(1).max(maxValueLength)
const rotationDays = z.int().min(1).max(3650)

const pin = z.strictObject({
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65_535).exactOptional(),
})

const injectorText = z.string().max(2048)
const injectorOption = z.union([
  injectorText,
  z.array(injectorText).max(16),
  z.record(z.string().min(1).max(64), injectorText),
])

/** A scope's form. Whether its destination and injector make sense is the business of `prepareScopes`. */
export const scope = z.strictObject({
  to: z.string().min(1).max(2048),
  // Each injector knows its own options, and refuses what it does not know.
  inject: z.object({ kind: z.string().min(1).max(64) }).catchall(injectorOption),
  attach: z.enum(['replace', 'always']).exactOptional(),
  foreign: z.enum(['refuse', 'replace', 'pass']).exactOptional(),
  cookies: z.enum(['drop', 'keep', 'pass']).exactOptional(),
  uninspected: z.enum(['block', 'pass']).exactOptional(),
  refuse: z.array(z.enum(dangerClasses)).max(dangerClasses.length).exactOptional(),
  newKeys: z.enum(['block', 'mask', 'pass']).exactOptional(),
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
  value: value.exactOptional(),
  sourceName: name.exactOptional(),
  provider: z.string().min(1).max(64).exactOptional(),
  scopes: scopes.exactOptional(),
  rules: ruleList.exactOptional(),
  rotationDays: rotationDays.exactOptional(),
  weak: z.boolean().exactOptional(),
  caps: caps.exactOptional(),
})

/** `PATCH /v1/secrets/{name}`; `value` is the present value, which widening needs. */
export const secretUpdate = z
  .strictObject({
    scopes: scopes.exactOptional(),
    rules: ruleList.nullable().exactOptional(),
    value: value.exactOptional(),
  })
  .refine(({ scopes, rules }) => scopes !== undefined || rules !== undefined, 'scopes, rules: one of them is needed')

/** `POST /v1/secrets/{name}/rotate` */
export const secretRotate = z
  .strictObject({
    value,
    stagedSeconds: z.int().min(1).max(maxStagedSeconds).exactOptional(),
    compromised: z.boolean().exactOptional(),
  })
  // SECURITY: what somebody else may know is of no use from now on.
  .refine(
    ({ stagedSeconds, compromised }) => stagedSeconds === undefined || compromised !== true,
    'stagedSeconds, compromised: after a compromise the value before is never kept',
  )

const target = z.enum(connectTargets)

const credentialUse = z
  .strictObject({ provider: z.string().min(1).max(64).exactOptional(), scopes: scopes.exactOptional() })
  .refine((use) => Object.keys(use).length === 1, 'provider, scopes: exactly one of them is needed')

/** `POST /v1/sandboxes` */
export const sandboxCreate = z.strictObject({
  name: z.string().min(1).max(63).exactOptional(),
  profile: z.string().min(1).max(63).exactOptional(),
  secrets: z.record(variable, name).exactOptional(),
  credentials: z.record(variable, value).exactOptional(),
  baseUrls: z.record(variable, z.string().min(1).max(2048)).exactOptional(),
  credentialUses: z.record(variable, credentialUse).exactOptional(),
  rules: z.record(variable, ruleList).exactOptional(),
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
  lifetimeSeconds: z.int().min(1).max(maxTtlSeconds).exactOptional(),
  labels: z.record(z.string().min(1).max(63), z.string().max(255)).exactOptional(),
  caps: caps.exactOptional(),
  constrainCa: z.boolean().exactOptional(),
  target: target.exactOptional(),
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
      detached: z.boolean().exactOptional(),
    })
    .exactOptional(),
})

/** What a person calls a thing. */
const label = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,62}$/u, 'must be 1 to 63 letters, digits, spaces, `.`, `_`, `@` or `-`')

const role = z.enum(roles)

/** `POST /v1/projects` */
export const projectCreate = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits or `-`, and begin with a letter'),
})

/** The name of a member, as it stands in a path. */
export const memberName = label

/** `PUT /v1/members/{name}` */
export const memberSet = z.strictObject({ role })

/** `POST /v1/tokens` */
export const tokenCreate = z.strictObject({
  name: label,
  role,
  member: label.exactOptional(),
  ttlSeconds: z.int().min(60).max(maxTokenTtlSeconds).exactOptional(),
})

/** `POST /v1/decoys` */
export const decoyCreate = z.strictObject({
  name: label,
  provider: z.string().min(1).max(64).exactOptional(),
  keyPrefix: z.string().min(1).max(64).exactOptional(),
})

const network = sandboxCreate.shape.network

/** `PUT /v1/profiles/{name}` */
export const profileDefinition = z.strictObject({
  name,
  description: z
    .string()
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{0,200}$/u, 'must be one line of at most 200 characters')
    .exactOptional(),
  network,
  secrets: sandboxCreate.shape.secrets,
  rules: sandboxCreate.shape.rules,
  caps: caps.exactOptional(),
  ttlSeconds: sandboxCreate.shape.ttlSeconds,
})

/** `PATCH /v1/sandboxes/{id}` */
export const sandboxUpdate = z.strictObject({
  name: sandboxCreate.shape.name,
  labels: sandboxCreate.shape.labels,
  network,
})

/** Query of `GET /v1/sandboxes/{id}/connect` */
export const connectQuery = z.strictObject({ target: target.exactOptional() })

/** `POST /v1/sandboxes/{id}/token` */
export const tokenReissue = z.strictObject({ target: target.exactOptional() })

/** `POST /v1/sandboxes/{id}/renew` */
export const sandboxRenew = z.strictObject({ ttlSeconds: z.int().min(1).max(maxTtlSeconds) })

/** `PUT /v1/sandboxes/{id}/secrets/{ENV}` */
export const grantAttach = z.strictObject({
  secret: name.exactOptional(),
  value: value.exactOptional(),
  ttlSeconds: sandboxCreate.shape.ttlSeconds,
  rules: ruleList.exactOptional(),
  caps: caps.exactOptional(),
})

/** `POST /v1/lockdown` */
export const lockdownTarget = z
  .strictObject({
    all: z.literal(true).exactOptional(),
    sandbox: z.string().min(1).max(64).exactOptional(),
    secret: name.exactOptional(),
    label: z
      .string()
      .regex(/^[^=]{1,63}=.{0,255}$/s, 'must be a key, `=` and a value')
      .exactOptional(),
  })
  .refine((target) => Object.keys(target).length === 1, 'all, sandbox, secret, label: exactly one of them is needed')

const explainHeader = z.strictObject({ name: z.string().min(1).max(256), value: z.string().max(16_384) })

/** `POST /v1/explain` */
export const explainRequest = z.strictObject({
  sandbox: z.string().min(1).max(64),
  method: z.string().regex(/^[A-Za-z-]{1,32}$/, 'must be the name of a method'),
  url: z.string().min(1).max(16_384),
  headers: z.array(explainHeader).max(128).exactOptional(),
})

const reachedSandbox = z.strictObject({ sandbox: z.string().min(1).max(64) })
const reachedKey = z.strictObject({ key: z.string().min(1).max(200) })

/** `POST /v1/reach` */
export const reachRequest = z.union([
  reachedSandbox,
  reachedKey,
  z.strictObject({ profile: z.string().min(1).max(63) }),
])

/** `POST /v1/reach/receipt` */
export const receiptRequest = z.union([reachedSandbox, reachedKey])

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
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,512}$/, 'must be the cursor of the page before')
    .exactOptional(),
})

/** Query of `/v1/grants` */
export const grantQuery = listQuery.extend({
  secret: name.exactOptional(),
  sandbox: z.string().min(1).max(64).exactOptional(),
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

/** Query of `/v1/approvals`. */
export const approvalQuery = listQuery.extend({
  state: z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled']).exactOptional(),
  kind: z.enum(['request', 'access']).exactOptional(),
  sandbox: z.string().min(1).max(64).exactOptional(),
  follow: z.enum(['true', 'false']).exactOptional(),
})

/** `POST /v1/approvals/{id}/decision` */
export const approvalDecision = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  reason: z.string().min(1).max(500).exactOptional(),
  secret: name.exactOptional(),
  env: variable.exactOptional(),
  ttlSeconds: sandboxCreate.shape.ttlSeconds,
})

// SECURITY: a callback is signed line by line.
const oneLine = z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line')

/** `POST /v1/approvals/{id}/callback` */
export const approvalCallback = z.strictObject({
  webhook: name,
  decision: z.enum(['approve', 'deny']),
  time: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  nonce: z.string().regex(/^[0-9a-f]{64}$/, 'must be that of the notification'),
  by: oneLine.min(1).max(100).exactOptional(),
  reason: oneLine.min(1).max(500).exactOptional(),
  signature: z.string().regex(/^[0-9a-f]{64}$/, 'must be HMAC-SHA256 in hex'),
})

/** Fields of a provider, whose schema is a file of its own. */
const providerFields = [
  ...['id', 'variables', 'companionVariables', 'baseUrlVariables', 'path', 'hosts', 'injectors', 'perTenant'],
  ...['keyPrefixes', 'dangerous', 'method', 'class', 'why'],
]

/** Names that the API itself gives to fields; only these are repeated in what it says about invalid input. */
export const fieldNames: ReadonlySet<string> = new Set([
  ...[
    secretCreate,
    secretUpdate,
    sandboxCreate,
    sandboxUpdate,
    profileDefinition,
    capsUpdate,
    grantAttach,
    explainRequest,
    ...reachRequest.options,
    ruleReplay,
    ruleCase,
    caseRequest,
    lockdownTarget,
    grantQuery,
    tokenCreate,
    decoyCreate,
    activityQuery,
    approvalQuery,
    approvalCallback,
    approvalDecision,
    auditVerify,
    scope,
    rule,
    ruleList,
    bodyCondition,
    pin,
    networkRule,
    checkpoint,
    journalHead,
  ].flatMap((schema) => Object.keys(schema.shape)),
  ...[
    'profiles',
    'kind',
    'allow',
    'deny',
    'isolation',
    'uid',
    'gid',
    'detached',
    ...capFields,
    ...keyFields,
    ...providerFields,
  ],
])

const passphrase = z.string().min(1).max(1024)

/** `POST /v1/vault/unlock` */
export const vaultUnlock = z.strictObject({ passphrase: passphrase.exactOptional() })

/** `POST /v1/vault/passphrase` */
export const passphraseChange = z.strictObject({ current: passphrase.exactOptional(), next: passphrase.nullable() })

/** `POST /v1/backup` */
export const backupCreate = z.strictObject({ passphrase: passphrase.exactOptional() })
