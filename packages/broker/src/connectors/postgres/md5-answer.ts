import { createHash } from 'node:crypto'

/** What a client answers where it is asked for its password by MD5. @param salt four bytes of the side that asks */
export function md5Answer(password: string, user: string, salt: Uint8Array): string {
  return `md5${md5(Buffer.from(md5(Buffer.from(password + user))), salt)}`
}

function md5(...parts: readonly Uint8Array[]): string {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
