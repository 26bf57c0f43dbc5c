import type { RuleList } from '@coatcheck/contract'
import { z } from 'zod'
import type { KeyWish } from '../sandbox/key-service.ts'
import { caps } from './cap-schema.ts'
import { ruleList } from './rule-schema.ts'

const maxTtlSeconds = 30 * 24 * 60 * 60
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const label = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@:+=-]{0,199}$/u, 'must be 1 to 200 letters, digits, spaces or `._@:+=-`')
const provider = z.string().min(1).max(64)
const secret = z.string().min(1).max(63)

const ttl = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[1-9][0-9]{0,6}[smhd]$/, 'must be a number and a unit: 90s, 30m, 8h, 7d')
      .transform((text) => Number(text.slice(0, -1)) * (unitSeconds[text.slice(-1)] ?? 0)),
  ])
  .refine((seconds) => seconds >= 1 && seconds <= maxTtlSeconds, 'must be 1 second to 30 days')

const own = z
  .strictObject({
    label,
    provider: provider.exactOptional(),
    secret: secret.exactOptional(),
    rules: ruleList,
    caps,
    expiresIn: ttl,
    from: z.array(z.string().min(1).max(64)).max(64).exactOptional(),
  })
  .refine(
    (input) => input.provider !== undefined || input.secret !== undefined,
    'provider, secret: one of them is needed',
  )

const endpoint = z
  .string()
  .regex(/^(?:[A-Z][A-Z-]{0,31} )?\/\S{0,2047}$/, 'must be a path, or a method in capitals, a space and a path')

/** The form in which clients of another product ask for a key. */
const foreign = z.strictObject({
  label,
  vendor: provider,
  daily_usd_cap: z.number().positive().max(1_000_000),
  allowed_endpoints: z.array(endpoint).min(1).max(256),
  expires_in: ttl,
})

/** `POST /v1/keys`, in our own form or with the names that other clients give to the fields. */
export const keyCreate = z.union([own, foreign])

/** Names of its fields. */
export const keyFields: readonly string[] = [...Object.keys(own.shape), ...Object.keys(foreign.shape)]

/** Whether a body has the names of other clients, so that its reply has them too. */
export function isForeign(input: z.infer<typeof keyCreate>): input is z.infer<typeof foreign> {
  return 'vendor' in input
}

/** What either form asks for. */
export function keyWish(input: z.infer<typeof keyCreate>): KeyWish {
  if (!isForeign(input)) {
    const { expiresIn, ...rest } = input
    return { ...rest, rules: rest.rules as RuleList, ttlSeconds: expiresIn }
  }
  return {
    label: input.label,
    provider: input.vendor,
    rules: rulesOf(input.allowed_endpoints),
    caps: [{ unit: 'usd', limit: input.daily_usd_cap, window: 'day' }],
    ttlSeconds: input.expires_in,
  }
}

/** One rule for each endpoint; every method where none is named. */
function rulesOf(endpoints: readonly string[]): RuleList {
  const rules = endpoints.map((text) => {
    const [path = '', method] = text.split(' ').toReversed()
    return { effect: 'allow', methods: method === undefined ? 'any' : [method], paths: [path] } as const
  })
  return { default: 'deny', rules }
}
