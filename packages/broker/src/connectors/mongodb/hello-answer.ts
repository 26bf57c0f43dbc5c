import { type Document, deserialize, serialize } from 'bson'
import type { ServiceAddress } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { ClientCommand } from './client-command.ts'
import type { ServiceState } from './service-state.ts'

/** Ways to show the placeholder. */
export const mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-1'] as const

/** The body of a command as an object; only for what is short. @throws ProtocolError */
export function documentOf({ body }: ClientCommand): Document {
  try {
    return deserialize(body)
  } catch {
    throw new ProtocolError('document')
  }
}

/**
 * What a client is told of the service. SECURITY: there is one server, of the name that the sandbox has for it, so no client
 * leaves for another, and none waits for news of one.
 * @param login the beginning of a login that the client wished for
 */
export function helloAnswer(
  { name }: Pick<ClientCommand, 'name'>,
  asked: Document,
  { elements, isWritable, isMember }: ServiceState,
  { host, port }: ServiceAddress,
  login?: Document,
): Buffer {
  const own = `${host}:${port}`
  const added = Buffer.from(
    serialize({
      ...(isMember ? { hosts: [own], me: own, ...(isWritable ? { primary: own } : {}) } : {}),
      ...(name === 'hello' ? {} : { ismaster: isWritable, helloOk: true }),
      ...(asked['saslSupportedMechs'] === undefined ? {} : { saslSupportedMechs: [...mechanisms] }),
      ...(login === undefined ? {} : { speculativeAuthenticate: login }),
      ok: 1,
    }),
  )
  const length = Buffer.alloc(4)
  length.writeInt32LE(added.length + elements.length)
  return Buffer.concat([length, elements, added.subarray(4)])
}
