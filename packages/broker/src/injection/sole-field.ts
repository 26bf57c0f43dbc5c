import type { HeaderField, RequestHead } from './request-head.ts'

/**
 * The field of this lower-case name, if exactly one stands there. Two fields of one credential can be read in two ways, so
 * neither counts.
 */
export function soleField({ fields }: RequestHead, name: string): HeaderField | undefined {
  const named = fields.filter((field) => field.name.toLowerCase() === name)
  return named.length === 1 ? named[0] : undefined
}
