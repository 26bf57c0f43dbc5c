import type { RecordedRequest } from '../fixtures/verifying-server.ts'

/** Fields in which the services take a credential. */
const credentialFields = ['authorization', 'x-api-key', 'x-goog-api-key', 'proxy-authorization', 'cookie']

/** The credentials of a request as a person would write them: `Bearer …`, `Basic user:password`, `x-api-key …`. */
export function presentedCredentials({ rawHeaders }: RecordedRequest): readonly string[] {
  return fieldsOf(rawHeaders)
    .filter(([name, value]) => credentialFields.includes(name) && value !== '')
    .map(([name, value]) => (name === 'authorization' ? decodePair(value) : `${name} ${value}`))
}

/** Where one of the texts stands in a request, as it is or in base64; empty when nowhere. */
export function placesOf(texts: readonly string[], { target, rawHeaders }: RecordedRequest): readonly string[] {
  const places: readonly (readonly [string, string])[] = [['target', target], ...fieldsOf(rawHeaders)]
  const holds = (value: string): boolean =>
    texts.some((text) => layersOf(value).some((layer) => layer.toLowerCase().includes(text.toLowerCase())))
  return places.filter(([, value]) => holds(value)).map(([name]) => name)
}

function fieldsOf(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
}

function decodePair(value: string): string {
  const [scheme = '', parameter = ''] = value.split(' ')
  // A signature is another one each time, and so is an answer to a challenge.
  if (scheme === 'AWS4-HMAC-SHA256' || scheme === 'Digest') return scheme
  return scheme === 'Basic' ? `Basic ${Buffer.from(parameter, 'base64').toString()}` : value
}

function layersOf(value: string): readonly string[] {
  const words = value.split(/[ ,;]/)
  const decoded = words.map((word) => Buffer.from(word, 'base64').toString('latin1'))
  return [value, decodeURIComponent(value.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')), ...decoded]
}
