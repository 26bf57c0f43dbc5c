import type { RequestHead } from '../request-head.ts'

/** Bytes of a body, from `start` up to and without `end`. */
export interface BodySpan {
  readonly start: number
  readonly end: number
}

/** The text that stands in a place of a body. */
export interface BodyValue {
  /** What is replaced; nothing else of the body is touched. */
  readonly span: BodySpan
  /** Without the escapes of the form that the body has, as Latin-1 where the form is one of bytes. */
  readonly text: string
}

/** Why a body cannot be read in the way that its place asks for; holds nothing of the body. */
export interface BodyFault {
  readonly reason: string
}

/** What stands in a place; undefined where the body has no such member, or no text in it. */
export type BodyFinding = BodyValue | BodyFault | undefined

/** One member or field of request bodies, which holds a credential and nothing else. */
export interface BodyPlace {
  /** Whether the body says that it has the form in which the place is described. */
  fits(head: RequestHead): boolean
  find(head: RequestHead, body: Buffer): BodyFinding
  /** What to write into the span, escaped as the form of the body wants it. @throws CoatcheckError `secret_unusable` */
  write(head: RequestHead, secret: Uint8Array): Buffer
}
