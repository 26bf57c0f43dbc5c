import type { Refusal } from '../refusal.ts'
import type { RoutedGrant } from '../routes.ts'

/** What the broker answers in somebody else’s stead. */
export interface LocalAnswer {
  readonly status: number
  /** Text is sent as it is, anything else as JSON. */
  readonly body: string | object
  readonly headers?: Readonly<Record<string, string>>
  /** Variable of the grant whose placeholder was given; undefined where none was. */
  readonly env?: string
}

/** Why a question is refused that shows the placeholder of this grant, or none; undefined where it is not. */
export type AnswerJudge = (grant?: RoutedGrant) => Refusal | undefined

/** How long clients are told that a placeholder is good, in seconds; they come again then, and get the same one. */
export const placeholderSeconds = 3_600
