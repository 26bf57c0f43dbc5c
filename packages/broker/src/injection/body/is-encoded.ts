import type { RequestHead } from '../request-head.ts'

/** Whether the body is not as it is meant, but compressed. */
export function isEncoded({ fields }: RequestHead): boolean {
  return fields.some(
    ({ name, value }) => name.toLowerCase() === 'content-encoding' && !/^(?:identity)?$/i.test(value.trim()),
  )
}
