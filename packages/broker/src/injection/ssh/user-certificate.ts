import { type KeyKind, readPublicKey } from './public-key.ts'
import type { SigningKey } from './signing-key.ts'
import { SshFault } from './ssh-fault.ts'
import { string } from './wire-forms.ts'
import { WireReader } from './wire-reader.ts'

/** What an authority says of the key of a user, as OpenSSH has it (PROTOCOL.certkeys). */
export interface UserCertificate {
  /** As it is shown to a service in place of the public key. */
  readonly blob: Buffer
  /** First second of it that is too late, since 1970; a certificate that lasts has the largest number of 64 bits. */
  readonly validBefore: bigint
}

const suffix = '-cert-v01@openssh.com'
const userType = 1
const line = /^[ \t]*(\S+-cert-v01@openssh\.com)[ \t]+([A-Za-z0-9+/]{1,24576}={0,2})(?:[ \t].*)?$/m

/** How a way to sign is called where a certificate is shown. */
export function certifiedAlgorithm(algorithm: string): string {
  return algorithm + suffix
}

/** A text without the first line of a `-cert.pub` file in it, and what that line holds; undefined where there is none. */
export function cutCertificate(text: string): { readonly rest: string; readonly blob: Buffer | undefined } {
  const found = line.exec(text)
  if (found === null) return { rest: text, blob: undefined }
  const [whole, , encoded = ''] = found
  const rest = text.slice(0, found.index) + text.slice(found.index + whole.length)
  return { rest, blob: Buffer.from(encoded, 'base64') }
}

/**
 * Reads the certificate of a key. Who signed it, and for whom it is good, is for services to judge.
 * @throws SshFault where it is none of a user, or of another key
 */
export function readUserCertificate(
  blob: Buffer,
  { kind, blob: keyBlob }: Pick<SigningKey, 'kind' | 'blob'>,
): UserCertificate {
  const reader = new WireReader(blob)
  if (reader.text(64) !== typeOf(kind)) throw new SshFault('the certificate is for another kind of key')
  reader.string()
  const members = keyBlob.subarray(string(kind).length)
  if (!reader.bytes(members.length).equals(members)) throw new SshFault('the certificate is for another key')
  reader.bytes(8)
  if (reader.uint32() !== userType) throw new SshFault('the certificate is none of a user')
  // Its name, and who may be logged in as.
  reader.string()
  reader.string()
  reader.bytes(8)
  const validBefore = reader.bytes(8).readBigUInt64BE()
  // Options, extensions, and what is reserved.
  for (let part = 0; part < 3; part += 1) reader.string()
  readPublicKey(reader.string())
  reader.string()
  reader.end()
  return { blob, validBefore }
}

function typeOf(kind: KeyKind): string {
  return kind + suffix
}
