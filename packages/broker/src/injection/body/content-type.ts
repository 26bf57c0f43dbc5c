import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'

/** A media type with its parameters; everything but the values of these in lower case. */
export interface ContentType {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** One parameter, RFC 9110 §5.6.6. */
const parameter = /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"([^"\\]*)")[ \t]*/y
const mediaType = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+/

/** The one `Content-Type` of a head; undefined where there is none, several, or one that could be read in two ways. */
export function contentTypeOf(head: RequestHead): ContentType | undefined {
  return parseContentType(soleField(head, 'content-type')?.value)
}

/** Reads a media type as fields have it. */
export function parseContentType(value: string | undefined): ContentType | undefined {
  const text = value?.trim() ?? ''
  const type = mediaType.exec(text)?.[0]
  if (type === undefined) return undefined
  const parameters = new Map<string, string>()
  parameter.lastIndex = type.length
  while (parameter.lastIndex < text.length) {
    const [, name = '', token, quoted = ''] = parameter.exec(text) ?? []
    const lower = name.toLowerCase()
    // SECURITY: of two parameters of one name, one reader takes the first and the other the last.
    if (lower === '' || parameters.has(lower)) return undefined
    parameters.set(lower, token ?? quoted)
  }
  return { type: type.toLowerCase(), parameters }
}

/** Whether text of this type is UTF-8, as far as it says. */
export function isUtf8({ parameters }: ContentType): boolean {
  return /^(?:utf-?8|us-ascii)$/i.test(parameters.get('charset') ?? 'utf-8')
}
