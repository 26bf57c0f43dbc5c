import type { Unreadable } from './fit.ts'
import type { JsonDocument } from './json-document.ts'
import type { NamedValue } from './named-values.ts'
import { segmentsOf } from './path-pattern.ts'
import { hidesDots, readingsOf } from './path-readings.ts'

/** What is known of the body of a request: not read yet, read, or nothing that could be read. */
export type RuleBody = 'awaited' | 'none' | JsonDocument | { readonly unreadable: string }

/** The bytes of a body as they are sent; undefined of a body that is empty. */
export type RuleBytes = 'awaited' | Uint8Array | undefined | BegunBytes | Unreadable

/** The beginning of a body of which more is to come. */
export interface BegunBytes {
  readonly begun: Uint8Array
  /** What is to be said where these bytes do not decide. */
  readonly otherwise: 'awaited' | Unreadable
}

/** Who sends a request, and what it carries. */
export interface RuleSender {
  readonly sandbox: {
    readonly id: string
    readonly name: string
    readonly profile: string
    readonly labels: Readonly<Record<string, string>>
  }
  /** Those whose secrets go on it; it may be that only its body says which. */
  readonly grants:
    | readonly { readonly env: string; readonly secret: string; readonly provider: string | null }[]
    | 'awaited'
}

/** A request as it is sent, which rules are asked about. */
export interface RuleSubject {
  readonly method: string
  readonly host: string
  /** Canonical. */
  readonly path: string
  readonly query: string
  /** Those that go on to the service. */
  fields(): readonly NamedValue[]
  readonly body: RuleBody
  /** The same for rules that ask what the request does. */
  readonly bytes: RuleBytes
  /** For expressions; absent where nobody knows. */
  sender?(): RuleSender
}

/** A request, with what several rules need of it worked out once. */
export interface RuleRequest extends RuleSubject {
  readonly segments: readonly string[]
  /** By segments. */
  readonly readings: readonly (readonly string[])[]
  /** No wildcard stands for what some service reads as a way up. */
  readonly hidesDots: boolean
  /** Method, host and path alone are known of it. */
  readonly isPartial?: boolean
}

/** Prepares a request for all lists that it is asked of. */
export function ruleRequest(subject: RuleSubject): RuleRequest {
  const { path } = subject
  const segments = segmentsOf(path)
  return {
    ...subject,
    segments,
    readings: readingsOf(path).map((reading) => (reading === path ? segments : segmentsOf(reading))),
    hidesDots: hidesDots(path),
  }
}
