/** A way to write bytes, as a service may; `pick` says for each character whether it is escaped, where that is free. */
export type Encode = (bytes: Buffer, pick: (index: number) => boolean) => string

const percentOf = (byte: number, upper: boolean): string => {
  const hex = byte.toString(16).padStart(2, '0')
  return `%${upper ? hex.toUpperCase() : hex}`
}
const unicodeOf = (byte: number, upper = false): string => {
  const hex = byte.toString(16).padStart(4, '0')
  return `\\u${upper ? hex.toUpperCase() : hex}`
}

/** Every encoding that is promised to be found. */
export const encodings: Readonly<Record<string, Encode>> = {
  raw: (bytes) => bytes.toString('latin1'),
  'hexadecimal, small letters': (bytes) => bytes.toString('hex'),
  'hexadecimal, capitals': (bytes) => bytes.toString('hex').toUpperCase(),
  'base64 behind 0 bytes': (bytes) => bytes.toString('base64'),
  'base64 behind 1 byte': (bytes) => Buffer.concat([Buffer.from('~'), bytes, Buffer.from('!')]).toString('base64'),
  'base64 behind 2 bytes': (bytes) => Buffer.concat([Buffer.from('~?'), bytes, Buffer.from('!~')]).toString('base64'),
  'base64url behind 0 bytes': (bytes) => bytes.toString('base64url'),
  'base64url behind 1 byte': (bytes) => Buffer.concat([Buffer.from('~'), bytes]).toString('base64url'),
  'base64url behind 2 bytes': (bytes) => Buffer.concat([Buffer.from('~?'), bytes]).toString('base64url'),
  'a Basic pair': (bytes) => `Basic ${Buffer.concat([Buffer.from('user:'), bytes]).toString('base64')}`,
  'percent, every character': (bytes) => [...bytes].map((byte, index) => percentOf(byte, index % 2 === 0)).join(''),
  'percent, some characters': (bytes, pick) =>
    [...bytes].map((byte, index) => (pick(index) ? percentOf(byte, true) : String.fromCharCode(byte))).join(''),
  'JSON, every character': (bytes) => [...bytes].map((byte) => unicodeOf(byte)).join(''),
  'JSON, every character, capitals': (bytes) => [...bytes].map((byte) => unicodeOf(byte, true)).join(''),
  'JSON, some characters': (bytes, pick) =>
    [...bytes].map((byte, index) => (pick(index) ? unicodeOf(byte) : String.fromCharCode(byte))).join(''),
  'JSON, as little as it may': (bytes) => JSON.stringify(bytes.toString('latin1')).slice(1, -1),
  'JSON, slashes': (bytes) => bytes.toString('latin1').replaceAll('/', '\\/'),
  'base64 in JSON': (bytes) =>
    bytes.toString('base64').replaceAll('/', '\\/').replaceAll('+', '\\u002b').replaceAll('=', '\\u003D'),
  'base64 in percent': (bytes) => encodeURIComponent(bytes.toString('base64')),
  'percent in JSON': (bytes) => [...bytes].map((byte) => `\\u0025${percentOf(byte, true).slice(1)}`).join(''),
}
