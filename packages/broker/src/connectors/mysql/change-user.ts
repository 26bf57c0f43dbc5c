import { ProtocolError } from '../protocol-error.ts'
import { BodyReader, terminated } from './body-reader.ts'
import { capability } from './capabilities.ts'
import { changeUserCommand } from './commands.ts'
import type { PacketLink } from './packet-link.ts'

/** A client's wish to begin a session anew, on the same connection. */
export interface ChangeUser {
  /** How it would log in. */
  readonly plugin: string
  /** Empty where it asks for none. */
  readonly database: string
  /** Two bytes. */
  readonly charset: Buffer
  /** What it says of itself, as it said it. */
  readonly attributes: Buffer
}

/** No service has a plugin of this name, so each asks for the one that it wants. */
const unknownPlugin = 'coatcheck'

/** Reads the wish of a client. @throws ProtocolError */
export async function readChangeUser(link: PacketLink, capabilities: number): Promise<ChangeUser> {
  // A client that knows no plugins cannot be asked anew.
  if ((capabilities & capability.pluginLogin) === 0) throw new ProtocolError('plugins')
  const reader = new BodyReader(await link.read(), 1)
  reader.terminated()
  reader.bytes(reader.number(1))
  const database = reader.terminated().toString('utf8')
  const charset = Buffer.from(reader.isAtEnd ? Buffer.of(45, 0) : reader.bytes(2))
  const plugin = reader.isAtEnd ? '' : reader.terminated().toString('latin1')
  return { plugin, database, charset, attributes: reader.isAtEnd ? Buffer.alloc(0) : Buffer.from(reader.rest()) }
}

/**
 * Says to the service that the session begins anew, in the form that both sides agreed on. SECURITY: no proof goes along, so the service asks for one first. That question
 * looks like nothing that it can say to a command before, a row of a result included, so no answer of the broker goes to a text that the
 * client had a hand in.
 * @throws ProtocolError
 */
export function writeChangeUser(
  link: PacketLink,
  { charset, attributes }: ChangeUser,
  user: string,
  database: string,
  capabilities: number,
): void {
  if ((capabilities & capability.pluginLogin) === 0) throw new ProtocolError('plugins')
  link.restart()
  const names = [terminated(user), Buffer.of(0), terminated(database), charset, terminated(unknownPlugin)]
  if ((capabilities & capability.attributes) !== 0) names.push(attributes.length === 0 ? Buffer.alloc(1) : attributes)
  link.write(Buffer.of(changeUserCommand), ...names)
}
