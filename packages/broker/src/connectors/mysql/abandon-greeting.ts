import { terminated } from './body-reader.ts'
import { serviceCapabilities } from './capabilities.ts'
import type { Greeting } from './greeting.ts'
import { handshakeResponse } from './handshake-response.ts'
import type { PacketLink } from './packet-link.ts'

/** How long a service may take to say no, in milliseconds. */
const patienceMs = 1_500
/** Whom the broker says that it is, without a password, where nobody logs in. */
const nobody = 'coatcheck'
const charset = 45

/**
 * Ends a connection on which a service has spoken and nobody will log in: with a login that fails, and that the secret has no part in.
 * One that is merely left counts as a broken one, and after a number of those a service takes no more from this address.
 */
export async function abandonGreeting(link: PacketLink, { capabilities }: Greeting): Promise<void> {
  const { socket } = link
  const timer = setTimeout(() => socket.destroy(), patienceMs)
  try {
    const head = { capabilities: serviceCapabilities(0, capabilities, true), maxPacket: 0, charset }
    const rest = { database: '', plugin: 'mysql_native_password', attributes: Buffer.alloc(0), answer: Buffer.alloc(0) }
    link.write(handshakeResponse({ ...head, ...rest, reserved: Buffer.alloc(23) }, nobody))
    // It may ask by another plugin once.
    if ((await link.read())[0] === 0xfe) {
      link.write(terminated(''))
      await link.read()
    }
    socket.end()
  } catch {
    // It is gone, which is all that is wanted.
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
