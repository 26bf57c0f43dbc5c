import type { Rule } from '@coatcheck/contract'
import { InvalidArgumentError } from 'commander'

const form = /^(?:([A-Z][A-Z-]{0,31}(?:,[A-Z][A-Z-]{0,31})*) +)?(\/\S*)$/

/** The rule of a text like `POST /v1/payment_intents`, `GET,DELETE /v1/items/*` or, for every method, `/v1/items`. @throws InvalidArgumentError */
export function parseAllowedCall(text: string): Rule {
  const [, methods, path] = form.exec(text.trim()) ?? []
  if (path === undefined) {
    throw new InvalidArgumentError(
      "Write a method and a path, or a path alone: 'POST /v1/payment_intents', '/v1/items/*'.",
    )
  }
  return { effect: 'allow', methods: methods === undefined ? 'any' : methods.split(','), paths: [path] }
}

/** Collects rules for an option that may be repeated. */
export function collectAllowedCall(text: string, earlier: readonly Rule[] = []): readonly Rule[] {
  return [...earlier, parseAllowedCall(text)]
}
