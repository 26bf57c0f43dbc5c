import { type BodyFraming, responseFraming } from './body-framing.ts'
import { ControlFields } from './control-fields.ts'
import type { HeadFault } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { endOfValue } from './octets.ts'
import { parseFields } from './parse-fields.ts'

/** The head of a response, by its grammar alone. */
export interface ParsedResponse {
  /** 100 to 999. */
  readonly status: number
  /** Latin-1 text; often empty. */
  readonly reason: string
  /** Of HTTP/1. */
  readonly minor: 0 | 1
  readonly fields: HeaderField[]
  readonly framing: BodyFraming
  /** The connection can carry another exchange behind this one. */
  readonly persistent: boolean
}

/** Version and status; servers that have no reason to give often leave out the space as well. */
const statusStart = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: |(?=\r))/
const otherVersion = /^HTTP\/(?!1\.[01] )\d+(?:\.\d+)? /

/** Reads the Latin-1 text of the head of the response to a request with this method, up to and including its empty line. */
export function parseResponseHead(text: string, method: string): ParsedResponse | HeadFault {
  const start = statusStart.exec(text)
  if (start === null) return { fault: otherVersion.test(text) ? 'version' : 'status_line' }
  const minor = start[1] === '1' ? 1 : 0
  const status = Number(start[2])
  const lineEnd = endOfValue(text, start[0].length)
  if (!text.startsWith('\r\n', lineEnd)) return { fault: 'status_line' }

  const fields = parseFields(text, lineEnd + 2)
  if ('fault' in fields) return fields
  const controls = new ControlFields(fields)
  const framing = responseFraming(controls, minor, status, method)
  if ('fault' in framing) return framing
  return {
    status,
    reason: text.slice(start[0].length, lineEnd),
    minor,
    fields,
    framing,
    persistent: framing.kind !== 'until-close' && controls.persistsAfter(minor),
  }
}
