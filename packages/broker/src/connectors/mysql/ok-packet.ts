import { BodyReader } from './body-reader.ts'
import { capability } from './capabilities.ts'

/**
 * The word of the service that a login is done, for a client. SECURITY: MariaDB puts what was made from the password and the
 * certificate into its text, for clients to prove it by; whoever has that can try passwords on it, so the text stays here.
 * @throws ProtocolError
 */
export function okWithoutText(body: Buffer, capabilities: number): Buffer {
  const reader = new BodyReader(body, 1)
  reader.sized()
  reader.sized()
  reader.bytes(4)
  const kept = body.subarray(0, body.length - reader.rest().length)
  if ((capabilities & capability.sessionTrack) === 0) return kept
  if (reader.isAtEnd) return kept
  reader.sizedBytes()
  return Buffer.concat([kept, Buffer.of(0), reader.rest()])
}
