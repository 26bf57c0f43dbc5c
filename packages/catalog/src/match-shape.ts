import type { KeyShape } from './key-shape.ts'
import type { Provider } from './provider.ts'

/**
 * The shape of a key: the one whose pattern fits, else the one with the longest public prefix that fits, for keys of a
 * newer length. A value that matches neither tells nothing about itself.
 */
export function matchShape({ keyShapes }: Provider, value: string): KeyShape | undefined {
  const begun = keyShapes.filter(({ prefix }) => prefix !== '' && value.startsWith(prefix))
  return (
    keyShapes.find(({ pattern }) => pattern.test(value)) ??
    begun.toSorted((one, other) => other.prefix.length - one.prefix.length)[0]
  )
}

/** The shape that a secret was stored with. */
export function findShape({ keyShapes }: Provider, label: string): KeyShape | undefined {
  return keyShapes.find((shape) => shape.label === label)
}
