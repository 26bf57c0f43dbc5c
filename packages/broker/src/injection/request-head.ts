import type { HeaderField } from '../http/header-field.ts'

/** The part of a request that injectors read and write. Order and repetition of fields are kept. */
export interface RequestHead {
  readonly method: string
  /** Canonical path, as policy saw it; injectors write it on a copy that nothing but the service sees. */
  path: string
  /** Query with its `?`, or the empty string. */
  query: string
  readonly fields: HeaderField[]
}

/** A head that can be written without changing this one. */
export function copyHead({ method, path, query, fields }: RequestHead): RequestHead {
  return { method, path, query, fields: fields.map(({ name, value }) => ({ name, value })) }
}
