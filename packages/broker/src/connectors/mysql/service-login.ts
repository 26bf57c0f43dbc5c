import { constants, createHash, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { ProtocolError } from '../protocol-error.ts'
import { BodyReader, terminated } from './body-reader.ts'
import { ed25519NonceBytes, ed25519Proof } from './ed25519-proof.ts'
import { nonceBytes } from './greeting.ts'
import type { PacketLink } from './packet-link.ts'
import { parsecNonceBytes, parsecProof } from './parsec-proof.ts'
import { combined, passwordProofs } from './password-proofs.ts'
import { ServiceRefusal } from './service-refusal.ts'
import type { ServiceTransport } from './service-transport.ts'

/** What the service may ask for. */
export interface LoginRules {
  readonly plugins: readonly string[] | undefined
  readonly serverKey: string | undefined
}

/** How a login stands: what was asked for last. */
interface Asked {
  readonly plugin: string
  readonly nonce: Buffer
}

/** How often a service may ask by another plugin. */
const maxSwitches = 3
const nonceLengths: Readonly<Record<string, number>> = { client_ed25519: ed25519NonceBytes, parsec: parsecNonceBytes }
const [fastDone, fullWanted] = [3, 4] as const
const keyWanted = { caching_sha2_password: Buffer.of(2), sha256_password: Buffer.of(1) } as const

/**
 * What to answer to a greeting, unasked: a proof by the plugin that it names. By another one the service asks for itself.
 */
export function firstAnswer(asked: Asked, password: Buffer, rules: LoginRules): Asked & { readonly answer: Buffer } {
  const names = [asked.plugin, 'mysql_native_password']
  const plugin = names.find((name) => passwordProofs[name] !== undefined && isAllowed(name, rules))
  const answer = plugin === undefined ? Buffer.alloc(0) : passwordProofs[plugin]!(password, asked.nonce)
  return { plugin: plugin ?? 'mysql_native_password', nonce: asked.nonce, answer }
}

/**
 * Answers the service until it says that the login is done.
 * @param asked how it was answered already; undefined where it has yet to ask
 * @returns its word that it is done
 * @throws ProtocolError | ServiceRefusal
 */
export async function logIn(
  { link, isSecure }: ServiceTransport,
  asked: Asked | undefined,
  password: Buffer,
  rules: LoginRules,
): Promise<Buffer> {
  let present = asked
  let switches = 0
  let isSalted = false
  for (;;) {
    const body = await link.read()
    const [kind] = body
    if (present !== undefined && kind === 0x00) return body
    if (present !== undefined && kind === 0xff) throw ServiceRefusal.of(body)
    if (kind === 0xfe) {
      switches += 1
      if (switches > maxSwitches) throw new ProtocolError('plugins')
      present = readSwitch(body)
      link.write(await answerTo(present, password, isSecure, rules))
      isSalted = false
    } else if (present?.plugin === 'parsec' && kind === 0x01 && !isSalted) {
      isSalted = true
      link.write(await parsecProof(password, present.nonce, body.subarray(1)))
    } else if (present !== undefined && kind === 0x01) await goOn(link, body, present, password, isSecure, rules)
    else throw new ProtocolError('login')
  }
}

function readSwitch(body: Buffer): Asked {
  const reader = new BodyReader(body, 1)
  const plugin = reader.terminated().toString('latin1')
  const nonce = reader.rest().subarray(0, nonceLengths[plugin] ?? nonceBytes)
  // A wish for what was the login before the year 2004 has no name.
  if (!/^\w{1,64}$/.test(plugin)) throw new ProtocolError('plugin')
  return { plugin, nonce: Buffer.from(nonce) }
}

async function answerTo(
  { plugin, nonce }: Asked,
  password: Buffer,
  isSecure: boolean,
  rules: LoginRules,
): Promise<Buffer> {
  if (!isAllowed(plugin, rules)) throw new ProtocolError(`plugin ${plugin}`)
  const proof = passwordProofs[plugin]
  if (proof !== undefined) return proof(password, whole(nonce, nonceBytes))
  if (plugin === 'client_ed25519') return ed25519Proof(password, whole(nonce, ed25519NonceBytes))
  if (plugin === 'parsec') {
    whole(nonce, parsecNonceBytes)
    // Which asks for the salt.
    return Buffer.alloc(0)
  }
  // SECURITY: the password itself goes to nobody but a service whose certificate was verified, or whose key was.
  if (isSecure && (plugin === 'sha256_password' || plugin === 'mysql_clear_password')) return terminated(password)
  if (plugin === 'sha256_password' && rules.serverKey !== undefined) return keyWanted[plugin]
  throw new ProtocolError(`plugin ${plugin}`)
}

async function goOn(
  link: PacketLink,
  body: Buffer,
  { plugin, nonce }: Asked,
  password: Buffer,
  isSecure: boolean,
  { serverKey }: LoginRules,
): Promise<void> {
  if (plugin === 'caching_sha2_password' && body.length === 2) {
    if (body[1] === fastDone) return
    if (body[1] !== fullWanted) throw new ProtocolError('login')
    if (isSecure) link.write(terminated(password))
    else if (serverKey === undefined) throw new ProtocolError('neither TLS nor a key of the server')
    else link.write(keyWanted[plugin])
    return
  }
  if (!Object.hasOwn(keyWanted, plugin) || isSecure || serverKey === undefined) throw new ProtocolError('login')
  const key = pinnedKey(body.subarray(1), serverKey)
  const hidden = combined(terminated(password), whole(nonce, nonceBytes))
  link.write(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, hidden))
  hidden.fill(0)
}

/** SECURITY: whoever answers has a key; only the one that the operator wrote down may read the password. */
function pinnedKey(pem: Buffer, serverKey: string): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    throw new ProtocolError('key')
  }
  const found = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  if (found !== serverKey || key.asymmetricKeyType !== 'rsa') throw new ProtocolError('key')
  return key
}

/** SECURITY: a nonce that is short is one that the service did not choose. */
function whole(nonce: Buffer, length: number): Buffer {
  if (nonce.length !== length) throw new ProtocolError('nonce')
  return nonce
}

function isAllowed(plugin: string, { plugins }: LoginRules): boolean {
  return plugins === undefined || plugins.includes(plugin)
}
