/** What a parser makes of the bytes so far: a message and the bytes that it takes, or that it needs more, or that it is none. */
export type Parsed<Message> = { readonly message: Message; readonly length: number } | 'incomplete' | 'malformed'

/** User name and password as a client sends them (RFC 1929). */
export interface SocksCredentials {
  readonly user: string
  readonly password: string
}

/** What a client asks for (RFC 1928 §4). */
export interface SocksRequest {
  readonly command: number
  /** Host and port as one text, an IPv6 address in brackets; undefined for an address of an unknown type. */
  readonly authority: string | undefined
}

const version = 5
const credentialsVersion = 1
const addressType = { ipv4: 1, name: 3, ipv6: 4 }

/** Reads a client's first message. @returns the authentication methods that it offers */
export function readGreeting(bytes: Buffer): Parsed<readonly number[]> {
  const [first, count] = bytes
  if (first !== undefined && first !== version) return 'malformed'
  if (count === undefined || bytes.length < 2 + count) return 'incomplete'
  return { message: [...bytes.subarray(2, 2 + count)], length: 2 + count }
}

/** Reads user name and password. */
export function readCredentials(bytes: Buffer): Parsed<SocksCredentials> {
  const [first, userLength] = bytes
  if (first !== undefined && first !== credentialsVersion) return 'malformed'
  if (userLength === undefined) return 'incomplete'
  const passwordAt = 2 + userLength + 1
  const passwordLength = bytes[passwordAt - 1]
  if (passwordLength === undefined || bytes.length < passwordAt + passwordLength) return 'incomplete'
  const user = bytes.toString('latin1', 2, 2 + userLength)
  const password = bytes.toString('latin1', passwordAt, passwordAt + passwordLength)
  return { message: { user, password }, length: passwordAt + passwordLength }
}

/** Reads what is asked for. */
export function readSocksRequest(bytes: Buffer): Parsed<SocksRequest> {
  const [first, command, , type, nameLength] = bytes
  if (first !== undefined && first !== version) return 'malformed'
  if (command === undefined || type === undefined || nameLength === undefined) return 'incomplete'
  const hostAt = type === addressType.name ? 5 : 4
  const hostLength = { [addressType.ipv4]: 4, [addressType.ipv6]: 16, [addressType.name]: nameLength }[type]
  if (hostLength === undefined) return { message: { command, authority: undefined }, length: bytes.length }
  const portAt = hostAt + hostLength
  if (bytes.length < portAt + 2) return 'incomplete'
  const host = hostText(type, bytes.subarray(hostAt, portAt))
  return { message: { command, authority: `${host}:${bytes.readUInt16BE(portAt)}` }, length: portAt + 2 }
}

function hostText(type: number, bytes: Buffer): string {
  if (type === addressType.ipv4) return bytes.join('.')
  if (type === addressType.name) return bytes.toString('utf8')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return `[${groups.join(':')}]`
}
