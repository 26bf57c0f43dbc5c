import { timingSafeEqual } from 'node:crypto'
import type { HeaderField } from '../../http/header-field.ts'
import { hashOfToken } from '../../sandbox/describe-sandbox.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { readProxyAuthorization } from '../forward/presented-identity.ts'

/**
 * Takes the sandbox's own proxy credentials off a request. Some clients (Deno 2) repeat inside a tunnel what they showed to the
 * proxy in order to open it; that is nobody else's credential, and nothing for the service. Any other stays, as a foreign one.
 */
export function dropOwnIdentity(fields: HeaderField[], sandbox: Pick<Sandbox, 'id' | 'tokenHash'>): void {
  const kept = fields.filter(({ name, value }) => name.toLowerCase() !== 'proxy-authorization' || !isOf(sandbox, value))
  if (kept.length < fields.length) fields.splice(0, fields.length, ...kept)
}

function isOf({ id, tokenHash }: Pick<Sandbox, 'id' | 'tokenHash'>, value: string): boolean {
  const identity = readProxyAuthorization(value)
  if (identity?.sandboxId !== id) return false
  return timingSafeEqual(Buffer.from(hashOfToken(identity.token), 'hex'), Buffer.from(tokenHash, 'hex'))
}
