import { SecretValue } from '../vault/secret-value.ts'

/** A text of a request as a value that can be wiped; undefined where there was none. */
export function optionalSecret(text: string | null | undefined): SecretValue | undefined {
  return text === undefined || text === null ? undefined : new SecretValue(Buffer.from(text))
}
