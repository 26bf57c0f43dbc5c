import type { HeaderField } from '../http/header-field.ts'
import { canonicalFieldName } from './canonical-names.ts'
import type { RequestHead } from './request-head.ts'

/**
 * The field of this lower-case name, if exactly one stands there. Two fields of one credential can be read in two ways, so
 * neither counts; `x_key` and `x-key` are one behind some gateways.
 */
export function soleField({ fields }: RequestHead, name: string): HeaderField | undefined {
  const named = fieldsNamed(fields, name)
  return named.length === 1 && named[0]!.name.toLowerCase() === name ? named[0] : undefined
}

/** Makes this the only field of its name. The first of that spelling keeps its place and letters; without one it comes last. */
export function setField({ fields }: RequestHead, name: string, value: string): void {
  const lower = name.toLowerCase()
  const named = fieldsNamed(fields, lower)
  const kept = named.find((field) => field.name.toLowerCase() === lower)
  for (const field of named) if (field !== kept) fields.splice(fields.indexOf(field), 1)
  if (kept === undefined) fields.push({ name, value })
  else kept.value = value
}

function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  const canonical = canonicalFieldName(name)
  return fields.filter((field) => field.name.length === name.length && canonicalFieldName(field.name) === canonical)
}
