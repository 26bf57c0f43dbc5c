import type { HeaderField } from './header-field.ts'

/** Content-MD5, Digest (RFC 3230), Content-Digest and Repr-Digest (RFC 9530). */
const names: ReadonlySet<string> = new Set(['content-digest', 'content-md5', 'digest', 'repr-digest'])

/** Checksums of AWS and of services like it, and the field that announces one. */
const ofStorages = /^x-amz-(?:checksum-.*|sdk-checksum-algorithm)$/

/** The fields without those that say what the bytes of a body hash to: what they say is untrue once the body was changed. */
export function withoutDigests(fields: readonly HeaderField[]): HeaderField[] {
  return fields.filter(({ name }) => !isDigest(name.toLowerCase()))
}

function isDigest(name: string): boolean {
  return names.has(name) || ofStorages.test(name)
}
