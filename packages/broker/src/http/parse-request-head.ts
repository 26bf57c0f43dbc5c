import { type BodyFraming, requestFraming } from './body-framing.ts'
import { ControlFields } from './control-fields.ts'
import type { HeadFault } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { endOfTarget, endOfToken } from './octets.ts'
import { parseFields } from './parse-fields.ts'
import { isRequestTarget } from './request-target.ts'

/** The head of a request, by its grammar alone: whether its Host is one, and fits, is not judged. */
export interface ParsedRequest {
  /** Any token; case matters. */
  readonly method: string
  /** As it was sent; its form fits the method. */
  readonly target: string
  /** Of HTTP/1. */
  readonly minor: 0 | 1
  readonly fields: readonly Readonly<HeaderField>[]
  readonly framing: BodyFraming
  /** The client may send another request behind this one. */
  readonly persistent: boolean
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
  /** Protocols that the client would like to change to, as one list. */
  readonly upgrade: string | undefined
}

const space = 0x20
const anyVersion = /HTTP\/\d+(?:\.\d+)?\r\n/y

/** Reads the Latin-1 text of a request's head, up to and including its empty line. */
export function parseRequestHead(text: string): ParsedRequest | HeadFault {
  const methodEnd = endOfToken(text, 0)
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== space) return { fault: 'request_line' }
  const targetEnd = endOfTarget(text, methodEnd + 1)
  if (targetEnd === methodEnd + 1 || text.charCodeAt(targetEnd) !== space) return { fault: 'request_line' }
  const minor = readVersion(text, targetEnd + 1)
  if (minor === undefined) return { fault: isVersion(text, targetEnd + 1) ? 'version' : 'request_line' }
  const method = text.slice(0, methodEnd)
  const target = text.slice(methodEnd + 1, targetEnd)
  if (!isRequestTarget(method, target)) return { fault: 'target' }

  const fields = parseFields(text, targetEnd + 'HTTP/1.1\r\n'.length + 1)
  if ('fault' in fields) return fields
  const controls = new ControlFields(fields)
  const framing = requestFraming(controls, minor, method)
  if ('fault' in framing) return framing
  // RFC 9110 §10.1.1: HTTP/1.0 knows no expectations, and those that are not understood are refused.
  const expect = minor === 1 ? controls.expect : undefined
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return { fault: 'expectation' }
  const upgrade = controls.upgrades ? controls.upgrade : undefined
  return {
    method,
    target,
    minor,
    fields,
    framing,
    // SECURITY: HTTP/1.0 has no upgrade, but some readers, llhttp among them, take what follows for another protocol.
    persistent: controls.persistsAfter(minor) && (minor === 1 || upgrade === undefined),
    expectsContinue: expect !== undefined,
    upgrade: minor === 1 ? upgrade : undefined,
  }
}

function readVersion(text: string, at: number): 0 | 1 | undefined {
  if (text.startsWith('HTTP/1.1\r\n', at)) return 1
  return text.startsWith('HTTP/1.0\r\n', at) ? 0 : undefined
}

function isVersion(text: string, at: number): boolean {
  anyVersion.lastIndex = at
  return anyVersion.test(text)
}
