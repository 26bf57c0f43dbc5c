import { rulePresets } from '@coatcheck/contract'
import { z } from 'zod'
import { ruleAction } from './rule-action-schema.ts'

/** What people call a rule, or whoever may decide; nothing that moves a cursor or turns text. */
const label = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@:+/*-]{0,62}$/u, 'must be 1 to 63 letters, digits, spaces or `._@:+/*-`')
const text = z.string().max(2048)
const scalar = z.union([text, z.number(), z.boolean(), z.null()])
const fields = z
  .record(z.string().min(1).max(256), text)
  .refine((map) => Object.keys(map).length <= 16, 'has more than 16')

/** One condition on a JSON body. */
export const bodyCondition = z.strictObject({
  at: z.string().max(512),
  equals: scalar.exactOptional(),
  in: z.array(scalar).min(1).max(256).exactOptional(),
  atMost: z.number().exactOptional(),
  atLeast: z.number().exactOptional(),
  like: text.exactOptional(),
  type: z.enum(['array', 'boolean', 'null', 'number', 'object', 'string']).exactOptional(),
  present: z.boolean().exactOptional(),
  only: z.array(z.string().max(256)).max(256).exactOptional(),
})

/** One rule’s form. Whether its patterns make sense is the business of `checkRules`. */
export const rule = z.strictObject({
  name: label.exactOptional(),
  effect: z.enum(['allow', 'ask', 'deny']),
  methods: z
    .union([
      z.literal('any'),
      z
        .array(z.string().regex(/^[A-Z][A-Z-]{0,31}$/, 'must be a method in capitals'))
        .min(1)
        .max(32),
    ])
    .exactOptional(),
  paths: z.union([z.literal('any'), z.array(text).min(1).max(256)]).exactOptional(),
  hosts: z.array(z.string().min(1).max(253)).min(1).max(64).exactOptional(),
  query: fields.exactOptional(),
  headers: fields.exactOptional(),
  body: z.array(bodyCondition).min(1).max(64).exactOptional(),
  action: ruleAction.exactOptional(),
  when: z.string().min(1).max(2048).exactOptional(),
  approvers: z.array(label).min(1).max(64).exactOptional(),
})

/** A rule list; at most 1,000 rules. */
export const ruleList = z.strictObject({
  default: z.enum(['allow', 'deny']),
  presets: z.array(z.enum(rulePresets)).max(rulePresets.length).exactOptional(),
  dryRun: z.boolean().exactOptional(),
  rules: z.array(rule).max(1000),
})

/** `PUT /v1/rules`; null takes the list away. */
export const projectRules = z.strictObject({ rules: ruleList.nullable() })

/** `POST /v1/rules/lint` */
export const rulesLint = z.strictObject({ rules: ruleList })
