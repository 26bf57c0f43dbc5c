import type { HeaderField } from '../../http/header-field.ts'

/** An offer of permessage-deflate, or the answer to one (RFC 7692 §7.1), by its parameters. */
type Parameters = ReadonlyMap<string, string | null>

const fieldName = 'sec-websocket-extensions'
const extensionName = 'permessage-deflate'
/** The grammar of RFC 6455 §9.1; quoted values are as good as bare ones. */
const parameter = /^([a-z_]+)(?:=(?:([0-9]{1,2})|"([0-9]{1,2})"))?$/
const windowBits = /^(?:[89]|1[0-5])$/

/** What a client may be answered about compression. */
export interface CompressionOffer {
  /** A value for the broker’s own `Sec-WebSocket-Extensions`; undefined where nothing is offered. */
  readonly value: string | undefined
  /** The client understands an answer that limits its own window. */
  readonly limitsClient: boolean
}

/** How messages are compressed. */
export interface Compression {
  /** Whether the client compresses each message by itself. */
  readonly clientForgets: boolean
  /** Whether the service does. */
  readonly serverForgets: boolean
}

/** No compression is asked for. */
export const noOffer: CompressionOffer = { value: undefined, limitsClient: false }

/** What a client offers, without what is no permessage-deflate: nobody could look into such messages. */
export function readOffer(fields: readonly HeaderField[]): CompressionOffer {
  const offers = extensionsIn(fields)
    .map(parametersOf)
    .filter((parameters) => parameters !== undefined)
  if (offers.length === 0) return noOffer
  return {
    value: offers.map(written).join(', '),
    limitsClient: offers.some((parameters) => parameters.has('client_max_window_bits')),
  }
}

/** What a service chose; `none` where it does not compress, undefined where it was not offered. */
export function readChoice(
  fields: readonly HeaderField[],
  { limitsClient, value }: CompressionOffer,
): Compression | 'none' | undefined {
  const chosen = extensionsIn(fields)
  if (chosen.length === 0) return 'none'
  const parameters = chosen.length === 1 ? parametersOf(chosen[0]!) : undefined
  if (value === undefined || parameters === undefined) return undefined
  if (parameters.get('client_max_window_bits') === null || parameters.get('server_max_window_bits') === null) {
    return undefined
  }
  if (parameters.has('client_max_window_bits') && !limitsClient) return undefined
  return {
    clientForgets: parameters.has('client_no_context_takeover'),
    serverForgets: parameters.has('server_no_context_takeover'),
  }
}

function extensionsIn(fields: readonly HeaderField[]): string[] {
  return fields
    .filter(({ name }) => name.toLowerCase() === fieldName)
    .flatMap(({ value }) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

/** The parameters of a well-formed permessage-deflate. */
function parametersOf(extension: string): Parameters | undefined {
  const [name = '', ...rest] = extension.split(';').map((text) => text.trim().toLowerCase())
  if (name !== extensionName) return undefined
  const parameters = new Map<string, string | null>()
  for (const text of rest) {
    const [, key = '', bare, quoted] = parameter.exec(text) ?? []
    const value = bare ?? quoted ?? null
    if (parameters.has(key) || !fits(key, value)) return undefined
    parameters.set(key, value)
  }
  return parameters
}

function fits(key: string, value: string | null): boolean {
  if (key === 'client_no_context_takeover' || key === 'server_no_context_takeover') return value === null
  if (key === 'server_max_window_bits') return value !== null && windowBits.test(value)
  return key === 'client_max_window_bits' && (value === null || windowBits.test(value))
}

function written(parameters: Parameters): string {
  const texts = [...parameters].map(([key, value]) => (value === null ? key : `${key}=${value}`))
  return [extensionName, ...texts].join('; ')
}
