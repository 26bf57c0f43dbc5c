import { parseBasicPair } from '../../injection/basic-pair.ts'

/** What a client shows to say which sandbox it is. */
export interface PresentedIdentity {
  readonly sandboxId: string
  readonly token: string
}

/** A request target that begins with who is calling. */
export interface IdentifiedTarget {
  readonly identity: PresentedIdentity
  /** What stands behind it. */
  readonly target: string
}

const identityForm = /^(sbx_[0-9a-z]{1,40})\.([\w-]{43})$/
const identifiedPath = /^\/as\/(sbx_[0-9a-z]{1,40}\.[\w-]{43})(?=[/?]|$)(.*)$/s

/**
 * Reads a `Proxy-Authorization` value: Basic with the sandbox's id as user and its token as password, or
 * `Bearer <id>.<token>`. Undefined for everything else.
 */
export function readProxyAuthorization(value: string): PresentedIdentity | undefined {
  const pair = parseBasicPair(value)
  if (pair !== undefined) return readIdentity(`${pair.user}.${pair.password ?? ''}`)
  const [, bearer] = /^bearer +(\S+)$/i.exec(value) ?? []
  return bearer === undefined ? undefined : readIdentity(bearer)
}

/** Reads a pair of user name and password, as SOCKS5 has it. Undefined when it is no identity of a sandbox. */
export function readIdentityPair({ user, password }: { readonly user: string; readonly password: string }) {
  return readIdentity(`${user}.${password}`)
}

/** Reads a target of the form `/as/<id>.<token>/…`. Any other target holds no identity. */
export function readIdentifiedTarget(target: string): IdentifiedTarget | undefined {
  const [, text, rest = ''] = identifiedPath.exec(target) ?? []
  const identity = text === undefined ? undefined : readIdentity(text)
  return identity && { identity, target: rest === '' ? '/' : rest }
}

/** The beginning of targets that `readIdentifiedTarget` understands. */
export function identifiedPrefix({ sandboxId, token }: PresentedIdentity): string {
  return `/as/${sandboxId}.${token}`
}

function readIdentity(text: string): PresentedIdentity | undefined {
  const [, sandboxId, token] = identityForm.exec(text) ?? []
  return sandboxId === undefined || token === undefined ? undefined : { sandboxId, token }
}
