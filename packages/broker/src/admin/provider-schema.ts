import { dangerClasses } from '@coatcheck/contract'
import { z } from 'zod'
import { scope } from './schemas.ts'

const id = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits or `-`')
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,127}$/, 'must be the name of an environment variable, in capitals')
const text = z.string().min(1).max(255)

const { to: _, inject, ...scopeOptions } = scope.shape

const host = z.strictObject({
  host: z.string().min(1).max(2048),
  injectors: z.array(inject).max(16),
  perTenant: z.literal(true).exactOptional(),
  ...scopeOptions,
})

const baseUrlVariable = z.strictObject({
  name: variable,
  path: z
    .string()
    .max(255)
    .regex(/^(?:\/[A-Za-z0-9._~/-]*)?$/, 'must be a plain path')
    .exactOptional(),
})

const dangerousEndpoint = z.strictObject({
  method: z.string().regex(/^(?:\*|[A-Z]{1,32})$/, 'must be `*` or a method in capitals'),
  path: z
    .string()
    .max(1024)
    .regex(/^\/[^?#\s]*$/, 'must be a path'),
  class: z.enum(dangerClasses),
  why: text,
  host: text.exactOptional(),
})

/** `POST /v1/providers` and `PUT /v1/providers/{id}`. Whether hosts and injectors make sense is the business of `checkProvider`. */
export const providerCreate = z.strictObject({
  id,
  name: text.exactOptional(),
  variables: z.array(variable).max(32).exactOptional(),
  companionVariables: z.array(variable).max(32).exactOptional(),
  baseUrlVariables: z.array(baseUrlVariable).max(16).exactOptional(),
  hosts: z.array(host).min(1).max(64),
  keyPrefixes: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, 'must be 1 to 32 letters, digits, `_`, `.` or `-`'))
    .max(16)
    .exactOptional(),
  dangerous: z.array(dangerousEndpoint).max(256).exactOptional(),
})
