import { CoatcheckError } from '@coatcheck/contract'

/** The parts of a secret that signs, as AWS and services like it give them out. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Goes with keys that are good for hours; null where they last. */
  readonly sessionToken: string | null
}

const keyId = /^\w{16,128}$/
const secretKey = /^[\x21-\x7e]{16,256}$/
const token = /^[\x21-\x7e]{16,4096}$/

/** The names of the parts, in every spelling: `AccessKeyId`, `accessKeyId`, `aws_access_key_id`. */
const partNames: Readonly<Record<string, keyof SigningKeys>> = {
  accesskeyid: 'accessKeyId',
  secretaccesskey: 'secretAccessKey',
  sessiontoken: 'sessionToken',
}

/**
 * Reads a secret that signs: a JSON object, also as the `aws` program prints it; lines of a credentials file; or two or three
 * bare lines, in the order identifier, secret key, session token.
 * @throws CoatcheckError `secret_unusable`
 */
export function parseSigningKeys(secret: Uint8Array): SigningKeys {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8').trim()
  const parts = text.startsWith('{') ? partsOfJson(text) : partsOfLines(text)
  const { accessKeyId = '', secretAccessKey = '', sessionToken } = parts
  if (!keyId.test(accessKeyId)) throw unusable('no key identifier')
  if (!secretKey.test(secretAccessKey)) throw unusable('no secret key')
  if (sessionToken !== undefined && !token.test(sessionToken)) throw unusable('no session token')
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? null }
}

type Parts = Partial<Record<keyof SigningKeys, string>>

function partsOfJson(text: string): Parts {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // SECURITY: the parser's message quotes what it read.
    throw unusable('not JSON')
  }
  const outer = (value ?? {}) as Readonly<Record<string, unknown>>
  const inner = outer['AccessKey'] ?? outer['Credentials'] ?? outer
  return named(Object.entries(inner as object))
}

function partsOfLines(text: string): Parts {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const kept = lines.filter((line) => line !== '' && !/^[[#;]/.test(line))
  const pairs = kept.map((line) => /^([A-Za-z_]+)\s*=\s*(.*)$/.exec(line)?.slice(1))
  if (pairs.some((pair) => pair !== undefined && partOf(pair[0]!) !== undefined)) {
    return named(pairs.filter((pair) => pair !== undefined).map(([name, part]) => [name!, part]))
  }
  if (kept.length < 2 || kept.length > 3) throw unusable('not two or three lines')
  const [accessKeyId = '', secretAccessKey = '', sessionToken] = kept
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function named(entries: readonly (readonly [string, unknown])[]): Parts {
  const parts: Parts = {}
  for (const [name, value] of entries) {
    const part = partOf(name)
    if (part !== undefined && typeof value === 'string' && value !== '') parts[part] = value
  }
  return parts
}

function partOf(name: string): keyof SigningKeys | undefined {
  const plain = name.toLowerCase().replaceAll('_', '').replace(/^aws/, '')
  return Object.hasOwn(partNames, plain) ? partNames[plain] : undefined
}

function unusable(reason: string): CoatcheckError {
  const hint = 'Store {"accessKeyId": …, "secretAccessKey": …}, with "sessionToken" where there is one.'
  return new CoatcheckError('secret_unusable', { reason, hint })
}
