import { z } from 'zod'
import { ruleList } from './rule-schema.ts'

const word = z.string().max(512)

/** The request of one. */
export const caseRequest = z.strictObject({
  method: z.string().min(1).max(32),
  url: z.string().min(1).max(8192),
  headers: z.record(word, z.string().max(8192)).exactOptional(),
  body: z.unknown().optional(),
  text: z.string().exactOptional(),
  sandbox: z
    .strictObject({
      id: word.exactOptional(),
      name: word.exactOptional(),
      profile: word.exactOptional(),
      labels: z.record(word, word).exactOptional(),
    })
    .exactOptional(),
  grants: z
    .array(z.strictObject({ env: word, secret: word.exactOptional(), provider: word.nullable().exactOptional() }))
    .max(64)
    .exactOptional(),
  partial: z.boolean().exactOptional(),
})

/** One case of `policy test`. */
export const ruleCase = z.strictObject({
  name: word.exactOptional(),
  request: caseRequest,
  expect: z.enum(['allow', 'ask', 'deny', 'unknown']),
  rule: word.exactOptional(),
})

/** What `policy test` reads: a list, and the requests that it is tried on; at most 10,000. */
export const ruleReplay = z.strictObject({ rules: ruleList, cases: z.array(ruleCase).max(10_000) })
